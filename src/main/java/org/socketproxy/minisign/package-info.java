/**
 * Keys and detached signatures of minisign: Ed25519 over the BLAKE2b digest of a file, with a trusted comment. Keys are not
 * encrypted; legacy signatures without a digest are not accepted.
 */
@NullMarked
package org.socketproxy.minisign;

import org.jspecify.annotations.NullMarked;
