/** The contract of all backend plugins, on both kinds of OpenSPP and both ways of asking. */

import assert from 'node:assert/strict';
import { pluginSuite } from '../../contract/plugin.suite.ts';
import type { OpensppVersion } from '../../support/odoo/names.ts';
import { oddWorld } from '../../support/odoo/odd-world.ts';
import { openOpenspp } from '../../support/odoo/open-plugin.ts';
import { startOdoo } from '../../support/odoo/server.ts';

const subject =
  (version: OpensppVersion, config: { readonly transport?: 'jsonrpc' } = {}) =>
  async () => {
    const odoo = await startOdoo({ world: oddWorld(version), version });
    return {
      plugin: await openOpenspp(odoo.url, config),
      close: async () => {
        const asked = odoo.logins.length > 0 ? 'jsonrpc' : 'json2';
        assert.equal(asked, config.transport ?? (version === 17 ? 'jsonrpc' : 'json2'), 'only /jsonrpc has a login');
        assert.deepEqual(odoo.dropped, [], 'Odoo left out a condition');
        await odoo.close();
      },
    };
  };

pluginSuite({ name: 'OpenSPP 17 by /jsonrpc', open: subject(17), filters: 30 });
pluginSuite({ name: 'OpenSPP 19 by /json/2', open: subject(19), filters: 30 });
pluginSuite({ name: 'OpenSPP 19 by /jsonrpc', open: subject(19, { transport: 'jsonrpc' }), filters: 30 });
