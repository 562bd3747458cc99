# The gateway with its production dependencies, not as root, on a file system that may be read-only.
#
#   docker build -t dci-gateway .
#   docker run --read-only --tmpfs /tmp -v $PWD/gateway.yaml:/etc/dci-gateway/gateway.yaml:ro -v dci-state:/var/lib/dci-gateway -p 8080:8080 dci-gateway
#
# test/dockerfile.long.ts follows it line by line.
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc LICENSE ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY src ./src
COPY plugins ./plugins
COPY openapi ./openapi
COPY config ./config
RUN mkdir -p /var/lib/dci-gateway && chown node:node /var/lib/dci-gateway && chmod 700 /var/lib/dci-gateway
USER node
ENV DCI_CONFIG=/etc/dci-gateway/gateway.yaml STATE_FOLDER=/var/lib/dci-gateway HOST=0.0.0.0 PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
