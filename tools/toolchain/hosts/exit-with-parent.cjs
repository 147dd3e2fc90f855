// Loaded into the dynamic-provider host: a killed engine can't tell its plugins to stop, so they watch for it.
"use strict";

const parent = process.ppid;
if (parent > 1) {
    setInterval(() => {
        if (process.ppid !== parent) {
            process.exit(0);
        }
    }, 250).unref();
}
