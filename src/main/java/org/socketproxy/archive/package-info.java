/**
 * What does an archive contain, and may the daemon unpack it? Start reading at {@link org.socketproxy.archive.ArchiveJudge}.
 */
@NullMarked
package org.socketproxy.archive;

import org.jspecify.annotations.NullMarked;
