/**
 * What was configured, from where, and is it valid?
 *
 * <p>Start at {@link org.socketproxy.config.Settings#read}. {@link org.socketproxy.config.Setting} lists all settings.
 * The proxy reports all {@link org.socketproxy.config.Problem}s of a configuration at once. Values of an
 * {@link org.socketproxy.config.EnvFile} override the environment.
 */
@NullMarked
package org.socketproxy.config;

import org.jspecify.annotations.NullMarked;
