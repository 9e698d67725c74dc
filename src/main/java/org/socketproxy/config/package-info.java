/**
 * What was configured, from where, and is it valid?
 *
 * <p>Start at {@link org.socketproxy.config.Settings#read}. Every {@link org.socketproxy.config.Setting} stands in one
 * list, and every {@link org.socketproxy.config.Problem} with the configuration is reported at once. What an
 * {@link org.socketproxy.config.EnvFile} says comes before the environment.
 */
@NullMarked
package org.socketproxy.config;

import org.jspecify.annotations.NullMarked;
