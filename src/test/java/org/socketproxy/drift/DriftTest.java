package org.socketproxy.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small source trees in the form of moby and Podman: which rows are reported as missing. */
class DriftTest {
    private static final String ROUTER = "daemon/server/router/container/container.go";
    private static final String REGISTER = "pkg/api/server/register_volumes.go";

    @TempDir
    Path sources;

    private void write(String file, String text) throws IOException {
        Files.createDirectories(sources.resolve(file).getParent());
        Files.writeString(sources.resolve(file), text);
    }

    private void writeSwagger(String request, String response) throws IOException {
        write("api/swagger.yaml", """
                paths:
                  /volumes/create:
                    post:
                      parameters:
                        - in: body
                          schema: {$ref: "#/definitions/Request"}
                      responses:
                        201:
                          schema: {$ref: "#/definitions/Response"}
                definitions:
                  Request:
                    properties:
                      Name: {type: string}
                %s
                  Response:
                    properties:
                      Name: {type: string}
                %s
                """.formatted(request.indent(6), response.indent(6)));
    }

    private void writeRouter(String route, String handler) throws IOException {
        writeSwagger("", "");
        write(ROUTER, """
                package container

                func (c *containerRouter) initRoutes() {
                	c.routes = []router.Route{
                		%s
                	}
                }

                func (c *containerRouter) postContainersStop(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
                	%s
                	return c.helper(ctx, r)
                }

                func (c *containerRouter) helper(ctx context.Context, r *http.Request) error {
                	return httputils.BoolValue(r, "signal")
                }
                """.formatted(route, handler));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "router.NewPostRoute(\"/containers/{name:.*}/stop\", c.postContainersStop) | r.Form.Get(\"t\") |",
                "router.NewPostRoute(\"/containers/{name:.*}/stop\", c.postContainersStop) | r.Form.Get(\"fresh\") |"
                        + " parameters.tsv: ContainerStop\tfresh\t?\t?",
                "router.NewPostRoute(\"/containers/{name:.*}/thaw\", c.postContainersStop) | r.Form.Get(\"t\") |"
                        + " docker-api.tsv: ?\tPOST\t/containers/{}/thaw\t?",
                "router.NewHeadRoute(\"/containers/json\", c.postContainersStop) | r.Form.Get(\"t\") |"
                        + " docker-api.tsv: ?\tHEAD\t/containers/json\t?",
            })
    void routesAndParametersOfMoby(String route, String handler, String missing) throws IOException {
        writeRouter(route, handler);

        assertThat(String.join("\n", Drift.of(sources))).isEqualTo(missing == null ? "" : missing);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Labels: {type: object} | Mountpoint: {type: string} |",
                "Fresh: {type: string} | Scope: {type: string} | create-fields.tsv: VolumeCreate\tbody\tFresh\t?\t?\t?\t-\t?",
                "DriverOpts: {additionalProperties: {properties: {Deep: {}}}} | Scope: {} |",
                "Labels: {} | Fresh: {items: {properties: {Deep: {}}}} |"
                        + " secrets.tsv: VolumeCreate\tFresh\t?\t?;secrets.tsv: VolumeCreate\tFresh[].Deep\t?\t?",
            })
    void fieldsOfSwagger(String request, String response, String missing) throws IOException {
        writeRouter("", "");
        writeSwagger(request, response);

        assertThat(String.join(";", Drift.of(sources))).isEqualTo(missing == null ? "" : missing);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/libpod/volumes/{name} | force | env |",
                "/libpod/volumes/{name} | force | fresh |"
                        + " create-fields.tsv: ContainerCreateLibpod\tbody\tfresh\t?\t?\t?\t-\t?",
                "/libpod/volumes/{name}/thaw | force | env | libpod-api.tsv: ?\tDELETE\t/libpod/volumes/{}/thaw\t?",
                "/libpod/volumes/{name} | fresh | env | parameters.tsv: VolumeDeleteLibpod\tfresh\t?\t?",
            })
    void routesParametersAndSpecificationsOfPodman(String path, String parameter, String field, String missing)
            throws IOException {
        write(REGISTER, """
                package server

                func (s *APIServer) registerVolumeHandlers(r *mux.Router) error {
                	r.Handle(VersionedPath("%s"), s.APIHandler(libpod.RemoveVolume)).Methods(http.MethodDelete)
                	return nil
                }
                """.formatted(path));
        write("pkg/api/handlers/libpod/volumes.go", """
                package libpod

                func RemoveVolume(w http.ResponseWriter, r *http.Request) {
                	query := struct {
                		Any bool `schema:"%s"`
                	}{}
                }
                """.formatted(parameter));
        write("pkg/specgen/specgen.go", """
                package specgen

                type ContainerBasicConfig struct {
                	// Any is a field.
                	Any []string `json:"%s,omitempty"`
                }

                type SpecGenerator struct {
                	ContainerBasicConfig
                }
                """.formatted(field));

        assertThat(String.join("\n", Drift.of(sources))).isEqualTo(missing == null ? "" : missing);
    }

    @Test
    void aFolderWithoutSourcesIsAnError() {
        assertThatThrownBy(() -> Drift.of(sources))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give a checkout of moby or Podman");
    }
}
