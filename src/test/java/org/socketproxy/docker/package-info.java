/**
 * Tests of real clients with a real daemon through the built jar. The docker CLI and its plugins run the scenarios of the
 * text files in this package. Start with {@link org.socketproxy.docker.ClientsIT}. Maven runs the tests after package.
 */
package org.socketproxy.docker;
