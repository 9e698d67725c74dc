/**
 * What does the command line answer?
 *
 * <p>Start at {@link org.socketproxy.command.CommandLine}: {@code explain}, {@code check} and {@code operations}.
 */
@NullMarked
package org.socketproxy.command;

import org.jspecify.annotations.NullMarked;
