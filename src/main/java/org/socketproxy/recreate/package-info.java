/**
 * Which containers have clients ended, and may a profile create them again ({@code CREATE_ALLOW=recreate})? Start reading at
 * {@link org.socketproxy.recreate.EndedContainers}.
 */
@NullMarked
package org.socketproxy.recreate;

import org.jspecify.annotations.NullMarked;
