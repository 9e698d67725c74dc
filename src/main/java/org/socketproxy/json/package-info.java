/**
 * How is JSON read, written, and split into elements?
 *
 * <p>{@link org.socketproxy.json.JsonText} is the only entry to the generator of jackson-core, except for the usage ledger,
 * which writes a stream. {@link org.socketproxy.json.JsonElements} splits the JSON of a response while it arrives, and
 * {@link org.socketproxy.json.Rewriter} edits its elements.
 * {@link org.socketproxy.json.StrictJson} reads judged request bodies.
 */
@NullMarked
package org.socketproxy.json;

import org.jspecify.annotations.NullMarked;
