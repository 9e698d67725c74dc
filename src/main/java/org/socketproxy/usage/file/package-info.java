/** How are the counts kept across restarts? Start at {@link org.socketproxy.usage.file.LedgerFile}. */
@NullMarked
package org.socketproxy.usage.file;

import org.jspecify.annotations.NullMarked;
