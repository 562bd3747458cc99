/** The two calls we use of the optional package `sodium-native`, which brings no types. */
export interface Sodium {
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
}

/** Rejects where the package is missing or its binary does not load. */
export const importSodium = async (): Promise<Sodium> => {
  const name = 'sodium-native'; // not a literal in import(): the compiler would look for it
  const module = (await import(name)) as { readonly default: Sodium };
  return module.default;
};
