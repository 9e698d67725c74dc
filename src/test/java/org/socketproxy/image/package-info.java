/** Tests of the container image against a real daemon. Start with {@code ImageIT}. */
package org.socketproxy.image;
