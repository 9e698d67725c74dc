/**
 * How are the tables of the program read, and which of their names is meant?
 *
 * <p>{@link org.socketproxy.table.Table} reads tab-separated values from the program's resources.
 */
@NullMarked
package org.socketproxy.table;

import org.jspecify.annotations.NullMarked;
