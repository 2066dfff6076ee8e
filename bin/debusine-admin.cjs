#!/usr/bin/env node
'use strict';
require('../dist/main.cjs')
  .main()
  .then((code) => {
    process.exit(code);
  });
