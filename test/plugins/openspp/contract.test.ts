/** The contract of all backend plugins, on both kinds of OpenSPP and both ways of asking. */

import assert from 'node:assert/strict';
import { pluginSuite } from '../../contract/plugin.suite.ts';
import { oddWorld } from '../../support/odoo/odd-world.ts';
import { openOpenspp } from '../../support/odoo/open-plugin.ts';
import { startOdoo } from '../../support/odoo/server.ts';

const subject =
  (version: 17 | 19, settings: object = {}) =>
  async () => {
    const odoo = await startOdoo({ world: oddWorld(version), version, ...settings });
    return {
      plugin: await openOpenspp(odoo.url),
      close: async () => {
        assert.deepEqual(odoo.dropped, [], 'Odoo left out a condition');
        await odoo.close();
      },
    };
  };

pluginSuite({ name: 'OpenSPP 17 by /jsonrpc', open: subject(17), filters: 30 });
pluginSuite({ name: 'OpenSPP 19 by /json/2', open: subject(19), filters: 30 });
