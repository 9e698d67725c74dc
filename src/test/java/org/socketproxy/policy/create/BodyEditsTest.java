package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;

/** The restart policy, sizes of logs, networks and addresses of ports that the proxy writes into bodies. */
class BodyEditsTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    private static String written(BodyEdits edits, String operation, String body) {
        JsonBody written = edits.write(
                CATALOGUE.byId(operation).orElseThrow(), JsonBody.of(StandardCharsets.UTF_8.encode(quoted(body))));
        return StandardCharsets.UTF_8.decode(written.bytes()).toString();
    }

    private static String quoted(String row) {
        return row.replace('`', '"');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ContainerCreate       | {}                                                        | {`HostConfig`:{`RestartPolicy`:{`Name`:`no`}}}",
                "ContainerCreate       | {`HostConfig`:{`RestartPolicy`:{`Name`:`always`}}}        | {`HostConfig`:{`RestartPolicy`:{`Name`:`no`}}}",
                "ContainerCreate       | {`HostConfig`:{`RestartPolicy`:{`Name`:`on-failure`,`MaximumRetryCount`:3}}} | {`HostConfig`:{`RestartPolicy`:{`Name`:`no`}}}",
                "ContainerCreateLibpod | {`restart_policy`:`always`,`restart_tries`:3}             | {`restart_policy`:`no`,`restart_tries`:null}",
                "PodCreateLibpod       | {`restart_policy`:`always`}                               | {`restart_policy`:`no`}",
                "ServiceCreate         | {`TaskTemplate`:{`RestartPolicy`:{`Condition`:`any`,`Delay`:1}}} | {`TaskTemplate`:{`RestartPolicy`:{`Condition`:`none`}}}",
                "ServiceUpdate         | {}                                                        | {`TaskTemplate`:{`RestartPolicy`:{`Condition`:`none`}}}",
                "ContainerUpdate       | {`Memory`:1,`RestartPolicy`:{`Name`:`always`}}            | {`Memory`:1,`RestartPolicy`:{`Name`:`no`}}",
                "ContainerUpdate       | {`Memory`:1,`RestartPolicy`:{`Name`:``}}                  | {`Memory`:1,`RestartPolicy`:{`Name`:``}}",
                "ContainerUpdate       | {`Memory`:1}                                              | {`Memory`:1}",
                "VolumeCreate          | {`Name`:`a`}                                              | {`Name`:`a`}",
                "ContainerCreate       | []                                                        | []",
                "ContainerCreate       | {`HostConfig`:{},`HostConfig`:{}}                         | {`HostConfig`:{},`HostConfig`:{}}",
            })
    void restartPolicyBecomesNo(String operation, String body, String expected) {
        assertThat(written(new BodyEdits(NewLabels.NONE, ClientLabels.NONE, true, 0, false, null), operation, body))
                .isEqualTo(quoted(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                  | {`max-file`:`2`,`max-size`:`10000000`},`Type`:`json-file`",
                "{`Type`:`json-file`,`Config`:null}                  | {`max-file`:`2`,`max-size`:`10000000`}",
                "{`Type`:`local`,`Config`:{`compress`:`false`}}      | {`compress`:`false`,`max-file`:`2`,`max-size`:`10000000`}",
                "{`Type`:`k8s-file`}                                 | {`max-file`:`2`,`max-size`:`10000000`}",
                "{`Type`:`local`,`Config`:{`max-size`:`1m`}}         | {`max-size`:`1m`,`max-file`:`2`}",
                "{`Type`:`local`,`Config`:{`max-size`:`1g`}}         | {`max-size`:`10000000`,`max-file`:`2`}",
                "{`Type`:`local`,`Config`:{`max-size`:`9m`,`max-file`:`10`}} | {`max-size`:`2000000`,`max-file`:`10`}",
                "{`Type`:`local`,`Config`:{`max-size`:`1g`,`max-file`:`1`}}  | {`max-size`:`20000000`,`max-file`:`1`}",
                "{`Type`:`local`,`Config`:{`max-size`:`-1`}}         | {`max-size`:`-1`,`max-file`:`2`}",
                "{`Type`:`local`,`Config`:{`max-size`:`x`,`max-file`:`1000`}} | {`max-size`:`x`,`max-file`:`1000`}",
            })
    void logGetsASize(String log, String config) {
        String expected = config.endsWith("}")
                ? log.replaceFirst("(,`Config`:.*|)}$", ",`Config`:" + config.replace("$", "\\$") + "}")
                : "{`Type`:`json-file`,`Config`:" + config.substring(0, config.lastIndexOf('}') + 1) + "}";

        assertThat(written(
                        new BodyEdits(NewLabels.NONE, ClientLabels.NONE, false, 20_000_000, false, null),
                        "ContainerCreate",
                        "{`HostConfig`:{`LogConfig`:" + log + "}}"))
                .isEqualTo(quoted("{`HostConfig`:{`LogConfig`:" + expected + "}}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ContainerCreate       | {`HostConfig`:{`LogConfig`:{`Type`:`none`}}}   | {`HostConfig`:{`LogConfig`:{`Type`:`none`}}}",
                "ContainerCreate       | {`HostConfig`:{`LogConfig`:{`Type`:`syslog`}}} | {`HostConfig`:{`LogConfig`:{`Type`:`syslog`}}}",
                "ContainerCreateLibpod | {}                                             | {`log_configuration`:{`driver`:`k8s-file`,`size`:10000000}}",
                "ContainerCreateLibpod | {`log_configuration`:{`driver`:`json-file`,`size`:-1}}  | {`log_configuration`:{`driver`:`json-file`,`size`:10000000}}",
                "ContainerCreateLibpod | {`log_configuration`:{`driver`:`k8s-file`,`size`:4096}} | {`log_configuration`:{`driver`:`k8s-file`,`size`:4096}}",
                "ContainerCreateLibpod | {`log_configuration`:{`driver`:`journald`}}    | {`log_configuration`:{`driver`:`journald`}}",
                "ServiceCreate         | {}                                             | {`TaskTemplate`:{`LogDriver`:{`Name`:`json-file`,`Options`:{`max-file`:`2`,`max-size`:`10000000`}}}}",
                "ContainerUpdate       | {`Memory`:1}                                   | {`Memory`:1}",
            })
    void logOfEachApiGetsASize(String operation, String body, String expected) {
        assertThat(written(
                        new BodyEdits(NewLabels.NONE, ClientLabels.NONE, false, 20_000_000, false, null),
                        operation,
                        body))
                .isEqualTo(quoted(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NetworkCreate   | {`Name`:`n`} | {`Name`:`n`,`Internal`:true,`Options`:{`com.docker.network.bridge.inhibit_ipv4`:`true`}}",
                "NetworkCreate   | {`Internal`:false,`EnableIPv6`:true,`enableIPv6`:true,`Options`:{`a`:`b`,`com.docker.network.bridge.inhibit_ipv4`:`false`}} | {`Internal`:true,`EnableIPv6`:false,`enableIPv6`:false,`Options`:{`a`:`b`,`com.docker.network.bridge.inhibit_ipv4`:`true`}}",
                "NetworkCreate   | {`Options`:null} | {`Options`:{`com.docker.network.bridge.inhibit_ipv4`:`true`},`Internal`:true}",
                "ContainerCreate | {}           | {`HostConfig`:{`CapDrop`:[`NET_RAW`],`NetworkMode`:`own`}}",
                "ContainerCreate | {`HostConfig`:{`NetworkMode`:`bridge`,`CapDrop`:[`cap_net_raw`]},`NetworkingConfig`:{`EndpointsConfig`:{`bridge`:{`Aliases`:[`a`]}}}} | {`HostConfig`:{`NetworkMode`:`own`,`CapDrop`:[`cap_net_raw`]},`NetworkingConfig`:{`EndpointsConfig`:{`own`:{`Aliases`:[`a`]}}}}",
                "ContainerCreate | {`HostConfig`:{`NetworkMode`:`none`,`CapDrop`:[`ALL`]}} | {`HostConfig`:{`NetworkMode`:`none`,`CapDrop`:[`ALL`]}}",
                "ContainerCreate | {`HostConfig`:{`NetworkMode`:`host`,`CapDrop`:[`ALL`]}} | {`HostConfig`:{`NetworkMode`:`host`,`CapDrop`:[`ALL`]}}",
                "ContainerUpdate | {`Memory`:1} | {`Memory`:1}",
            })
    void networksAreIsolated(String operation, String body, String expected) {
        assertThat(written(new BodyEdits(NewLabels.NONE, ClientLabels.NONE, false, 0, false, "own"), operation, body))
                .isEqualTo(quoted(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{`80/tcp`:[{`HostIp`:``,`HostPort`:`8080`}]}        | {`80/tcp`:[{`HostIp`:`127.0.0.1`,`HostPort`:`8080`}]}",
                "{`80/tcp`:[{`HostPort`:`8080`},{`HostIp`:`::`}]}    | {`80/tcp`:[{`HostPort`:`8080`,`HostIp`:`127.0.0.1`},{`HostIp`:`127.0.0.1`}]}",
                "{`80/tcp`:[{`HostIp`:`0.0.0.0`}],`81/udp`:[{}]}     | {`80/tcp`:[{`HostIp`:`127.0.0.1`}],`81/udp`:[{`HostIp`:`127.0.0.1`}]}",
                "{`80/tcp`:null,`81/tcp`:[]}                         | {`80/tcp`:[{`HostIp`:`127.0.0.1`}],`81/tcp`:[{`HostIp`:`127.0.0.1`}]}",
                "{`80/tcp`:[{`HostIp`:`::1`},{`HostIp`:`10.0.0.1`}]} | {`80/tcp`:[{`HostIp`:`::1`},{`HostIp`:`10.0.0.1`}]}",
                "{`80/tcp`:[{`HostIp`:null},{`HostIp`:1},`x`]}       | {`80/tcp`:[{`HostIp`:`127.0.0.1`},{`HostIp`:`127.0.0.1`},`x`]}",
                "{}                                                  | {}",
                "null                                                | null",
            })
    void portsAreAtTheLoopbackAddress(String ports, String expected) {
        assertThat(written(
                        new BodyEdits(NewLabels.NONE, ClientLabels.NONE, false, 0, true, null),
                        "ContainerCreate",
                        "{`HostConfig`:{`PortBindings`:" + ports + "}}"))
                .isEqualTo(quoted("{`HostConfig`:{`PortBindings`:" + expected + "}}"));
    }
}
