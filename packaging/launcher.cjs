#!/usr/bin/env node
// The packed command. An older Node could not even load the rest, and would say so in words that help nobody.
'use strict';

if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`DCI Gateway needs Node 24 or newer; this is ${process.version} (${process.execPath}).`);
  process.exitCode = 1;
} else {
  import('./src/cli/main.js');
}
