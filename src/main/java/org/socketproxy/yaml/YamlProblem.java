package org.socketproxy.yaml;

/**
 * One error in a YAML document.
 *
 * @param line from 1
 * @param column from 1, in code points
 * @param path keys to the value, such as {@code profiles.ci.clients[0]}; empty for the whole document
 * @param advice the error and its fix
 */
public record YamlProblem(int line, int column, String path, String advice) {}
