/**
 * How is JSON written? {@link org.socketproxy.json.JsonText} is the only entry to the generator of jackson-core, except for
 * the usage ledger, which writes a stream.
 */
@NullMarked
package org.socketproxy.json;

import org.jspecify.annotations.NullMarked;
