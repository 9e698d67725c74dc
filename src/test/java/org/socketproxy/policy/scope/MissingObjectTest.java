package org.socketproxy.policy.scope;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/** The answers of the daemons for an object that does not exist; in the JSON, quotes are written as apostrophes. */
class MissingObjectTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    private static MissingObject missing(String line) throws Exception {
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElseThrow();
        return MissingObject.of(operation, requireNonNull(ObjectRefs.named(operation, target)), target);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "GET /containers/web/json          | 404 | No such container: web",
                "POST /containers/web/kill         | 404 | cannot kill container: web: No such container: web",
                "GET /exec/abc/json                | 404 | No such exec instance: abc",
                "GET /networks/n                   | 404 | network n not found",
                "GET /volumes/v                    | 404 | get v: no such volume",
                "DELETE /volumes/v                 | 404 | get v: no such volume",
                "GET /services/s                   | 404 | service s not found",
                "GET /tasks/t                      | 404 | task t not found",
                "GET /secrets/s                    | 404 | secret s not found",
                "GET /images/nginx/json            | 404 | No such image: nginx:latest",
                "GET /images/docker.io/library/nginx:1/json | 404 | No such image: nginx:1",
                "GET /images/sha256:ab/json        | 404 | No such image: sha256:ab",
                "GET /images/0000000000000000000000000000000000000000000000000000000000000000/json"
                        + " | 404 | No such image: sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "GET /images/nginx:1/get           | 404 | reference does not exist",
                "GET /images/nginx/get             | 404 | No such image: nginx",
                "GET /images/sha256:ab/get         | 404 | No such image: sha256:ab",
            })
    void messageOfDocker(String line, int status, String message) throws Exception {
        MissingObject missing = missing(line);

        assertThat(missing.status()).isEqualTo(status);
        assertThat(missing.contentType()).isEqualTo("application/json");
        assertThat(missing.text()).isEqualTo("{\"message\":\"" + message + "\"}\n");
        assertThat(StandardCharsets.UTF_8.decode(missing.body()).toString()).isEqualTo(missing.text());
    }

    /** @param body with {@code /} for the end of a line */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "POST /containers/web/attach       | 404 | application/vnd.docker.raw-stream | No such container: web",
                "DELETE /volumes/v?force=1         | 204 | ~~ | ~~",
                "POST /images/nginx/push?tag=1     | 200 | application/json | {'status':'The push refers to repository"
                        + " [docker.io/library/nginx]'} {'errorDetail':{'message':'An image does not exist locally with the tag:"
                        + " nginx'},'error':'An image does not exist locally with the tag: nginx'}",
            })
    void otherFormsOfDocker(String line, int status, String contentType, String body) throws Exception {
        MissingObject missing = missing(line);

        assertThat(missing.status()).isEqualTo(status);
        assertThat(missing.contentType()).isEqualTo(contentType);
        assertThat(missing.text().replace('"', '\'').replace("\r\n", " ").strip())
                .isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "GET /libpod/containers/web/json        | 404 | no such container | no container with name or ID 'web' found: no such container",
                "GET /libpod/containers/web/exists      | 404 | no such container | no such container",
                "GET /libpod/containers/web/changes     | 500 | layer not known   | web not found: layer not known",
                "DELETE /libpod/containers/web          | 404 | no such container | no container with ID or name 'web' found: no such container",
                "GET /libpod/containers/web/healthcheck | 404 | no such container | unable to look up web to perform a health check: no container with name or ID 'web' found: no such container",
                "GET /libpod/exec/abc/json              | 404 | no such exec session | no exec session with ID abc found: no such exec session",
                "GET /libpod/images/a:1/json            | 404 | image not known   | failed to find image a:1: a:1: image not known",
                "GET /libpod/images/a:1/exists          | 404 | failed to find image a:1 | failed to find image a:1",
                "DELETE /libpod/images/a:1              | 404 | image not known   | a:1: image not known",
                "GET /libpod/networks/n/json            | 404 | network not found | network not found",
                "DELETE /libpod/networks/n              | 404 | network not found | unable to find network with name or ID n: network not found",
                "GET /libpod/volumes/v/json             | 404 | no such volume    | no such volume",
                "DELETE /libpod/volumes/v               | 404 | no such volume    | no volume with name 'v' found: no such volume",
                "GET /libpod/pods/p/json                | 404 | no such pod       | no pod with name or ID p found: no such pod",
                "GET /libpod/secrets/s/json             | 404 | no such secret    | no secret with name or id 's': no such secret",
                "GET /libpod/secrets/s/exists           | 404 | no such secret    | no such secret",
            })
    void messageOfPodman(String line, int status, String cause, String message) throws Exception {
        MissingObject missing = missing(line);

        assertThat(missing.status()).isEqualTo(status);
        assertThat(missing.contentType()).isEqualTo("application/json");
        assertThat(missing.text().replace("\\\"", "'"))
                .isEqualTo(
                        "{\"cause\":\"" + cause + "\",\"message\":\"" + message + "\",\"response\":" + status + "}\n");
    }

    @Test
    void podmanIgnoresAMissingContainer() throws Exception {
        MissingObject missing = missing("DELETE /libpod/containers/web?ignore=true");

        assertThat(missing.status()).isEqualTo(200);
        assertThat(missing.text()).isEqualTo("[]\n");
    }

    private static MissingObject ofBody(String id, Subject subject) throws Exception {
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        ObjectRef named = ObjectRef.ofBody(subject, "a", operation.isLibpod());
        return MissingObject.of(operation, named, RequestTarget.parse("/x"));
    }

    private static MissingObject ofFilter(String filter, Subject subject, String name) throws Exception {
        ObjectRef named = new ObjectRef(subject, name, new Place.Filter(filter), false);
        Operation operation = CATALOGUE.byId("ContainerList").orElseThrow();
        return MissingObject.of(operation, named, RequestTarget.parse("/containers/json"));
    }

    @ParameterizedTest
    @CsvSource({
        "ContainerCreate, IMAGE,     404, No such image: a:latest",
        "ContainerCreate, CONTAINER, 400, No such container: a",
        "ContainerCreate, NETWORK,   400, network a not found",
        "NetworkConnect,  CONTAINER, 404, No such container: a",
    })
    void objectOfABody(String id, Subject subject, int status, String message) throws Exception {
        MissingObject missing = ofBody(id, subject);

        assertThat(missing.status()).isEqualTo(status);
        assertThat(missing.text()).isEqualTo("{\"message\":\"" + message + "\"}\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ContainerCreateLibpod    | IMAGE     | 404 | image not known   | no such image: a: image not known",
                "ContainerCreateLibpod    | CONTAINER | 500 | no such container | no container with name or ID 'a' found: no such container",
                "ContainerCreateLibpod    | NETWORK   | 500 | network not found | unable to find network with name or ID a: network not found",
                "ContainerCreateLibpod    | VOLUME    | 500 | no such volume    | no volume with name 'a' found: no such volume",
                "ContainerCreateLibpod    | SECRET    | 500 | no such secret    | no secret with name or id 'a': no such secret",
                "ContainerCreateLibpod    | POD       | 500 | no such pod       | no pod with name or ID a found: no such pod",
                "NetworkConnectLibpod     | CONTAINER | 404 | no such container | no container with name or ID 'a' found: no such container",
                "NetworkDisconnectLibpod  | CONTAINER | 404 | no such container | no container with name or ID 'a' found: no such container",
            })
    void objectOfABodyOfPodman(String id, Subject subject, int status, String cause, String message) throws Exception {
        MissingObject missing = ofBody(id, subject);

        assertThat(missing.status()).isEqualTo(status);
        assertThat(missing.text().replace("\\\"", "'"))
                .isEqualTo(
                        "{\"cause\":\"" + cause + "\",\"message\":\"" + message + "\",\"response\":" + status + "}\n");
    }

    @Test
    void takenVolumeOfPodman() {
        assertThat(MissingObject.takenVolume(
                        CATALOGUE.byId("VolumeCreateLibpod").orElseThrow(), "v"))
                .isEqualTo(new MissingObject(
                        500,
                        "application/json",
                        "{\"cause\":\"volume already exists\",\"message\":\"volume with name v already exists: volume"
                                + " already exists\",\"response\":500}\n"));
    }

    @Test
    void objectOfAFilterAndTakenVolume() throws Exception {
        MissingObject since = ofFilter("since", Subject.CONTAINER, "web");
        MissingObject ancestor = ofFilter("ancestor", Subject.IMAGE, "a");

        assertThat(since.withText(since.text()))
                .isEqualTo(new MissingObject(404, "application/json", "{\"message\":\"No such container: web\"}\n"));
        assertThat(ancestor).isEqualTo(new MissingObject(200, "application/json", "[]\n"));
        assertThat(MissingObject.takenVolume(CATALOGUE.byId("VolumeCreate").orElseThrow(), "v"))
                .isEqualTo(new MissingObject(
                        409, "application/json", "{\"message\":\"create v: conflict: volume name must be unique\"}\n"));
    }
}
