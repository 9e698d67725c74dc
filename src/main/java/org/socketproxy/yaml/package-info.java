/**
 * How is a YAML file read strictly?
 *
 * <p>Start at {@link org.socketproxy.yaml.StrictYaml}. It reads one document without anchors, aliases and tags into
 * {@link org.socketproxy.yaml.YamlValue}s, which report each problem with its line and column.
 */
@NullMarked
package org.socketproxy.yaml;

import org.jspecify.annotations.NullMarked;
