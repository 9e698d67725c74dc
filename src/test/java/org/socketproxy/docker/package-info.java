/**
 * Do real clients reach a real daemon through the jar as it was built? The docker CLI with its plugins plays the scenarios
 * of the text files beside {@link org.socketproxy.docker.ClientsIT}; start reading there. Maven runs these after package.
 */
package org.socketproxy.docker;
