// SPDX-License-Identifier: Apache-2.0

/** Asks until `probe` gives something truthy; fails with `what` when the deadline has passed. */
export async function until(what, probe, { seconds = 20, every = 25 } = {}) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    const found = await probe().catch((error) => { last = error; if (error.final) throw error; return null; });
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}${last ? `: ${last.stack}` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
