package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonElements;

/** Clients see binds in place of the volumes of the proxy. In the JSON, apostrophes stand for quotes, OWN for the name of a volume. */
class BindResponsesTest {
    private static final String OWN = "socket-proxy-bind_srv--a";
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    private static String shown(String id, String response) throws Exception {
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        JsonElements elements = Objects.requireNonNull(BindResponses.elements(operation));
        StringBuilder shown = new StringBuilder();
        elements.accept(
                StandardCharsets.UTF_8.encode(response.replace("OWN", OWN).replace('\'', '"')),
                part -> shown.append(StandardCharsets.UTF_8.decode(part)));
        elements.end();
        return shown.toString().replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ContainerList | [{'Id':'1','Mounts':[{'Type':'volume','Name':'OWN','Source':'/d/volumes/OWN/_data','Destination':'/t','Driver':'local','Mode':'z','RW':false,'Propagation':''}]},{'Id':'2','Mounts':[{'Type':'volume','Name':'v'}]}] | [{'Id':'1','Mounts':[{'Type':'bind','Source':'/srv/a','Destination':'/t','Mode':'ro','RW':false,'Propagation':'rprivate'}]},{'Id':'2','Mounts':[{'Type':'volume','Name':'v'}]}]",
                "ContainerList | [{'Id':'1','Mounts':null}] | [{'Id':'1','Mounts':null}]",
                "VolumeList | {'Volumes':[{'Name':'v'},{'Name':'OWN'},{'Name':'w','Labels':{'a':'OWN'}}],'Warnings':null} | {'Volumes':[{'Name':'v'},{'Name':'w','Labels':{'a':'OWN'}}],'Warnings':null}",
                "VolumePrune | {'VolumesDeleted':['OWN','v'],'SpaceReclaimed':0} | {'VolumesDeleted':['v'],'SpaceReclaimed':0}",
                "VolumePrune | {'VolumesDeleted':null,'SpaceReclaimed':0} | {'VolumesDeleted':null,'SpaceReclaimed':0}",
                "SystemDataUsage | {'Volumes':[{'Name':'OWN'}],'Containers':[{'Id':'1','Mounts':[{'Type':'volume','Name':'OWN','RW':true}]}]} | {'Volumes':[],'Containers':[{'Id':'1','Mounts':[{'Type':'bind','RW':true,'Source':'/srv/a','Mode':'','Propagation':'rprivate'}]}]}",
                "SystemDataUsage | {'VolumeUsage':{'Items':[{'Name':'OWN'},{'Name':'v'}]}} | {'VolumeUsage':{'Items':[{'Name':'v'}]}}",
                "SystemEvents | {'Type':'volume','Action':'create','Actor':{'ID':'OWN','Attributes':{}}}{'Type':'volume','Action':'create','Actor':{'ID':'v'}} | {'Type':'volume','Action':'create','Actor':{'ID':'v'}}",
                "SystemEvents | {'Type':'container','Action':'create','Actor':{'ID':'1','Attributes':{'l':'OWN'}}} | {'Type':'container','Action':'create','Actor':{'ID':'1','Attributes':{'l':'OWN'}}}",
                "ContainerStart | {'message':'cannot access path /d/volumes/OWN/_data/a: lstat /d/volumes/OWN/_data/a: no such file or directory'} | {'message':'a bind below /** needs a path that exists, because the daemon does not create it: cannot access path /srv/a: lstat /srv/a: no such file or directory'}",
                "ContainerStart | {'message':'path concatenation escapes the base directory, base: /d/volumes/OWN/_data, subpath: a'} | {'message':'a link must not lead out of the path that BINDS allows: path concatenation escapes the base directory, base: /srv, subpath: a'}",
                "ContainerStart | {'message':'no such container'} | {'message':'no such container'}"
            })
    void clientSeesBindsAndNoVolumes(String operation, String response, String expected) throws Exception {
        assertThat(shown(operation, response)).isEqualTo(expected.replace("OWN", OWN));
    }

    /** The bind of the client is in a label of the mount; it is shown if it is the one of the mount. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\\'/srv/a:/t:ro,z\\' | 'Binds':['v:/v','/srv/a:/t:ro,z'],'Mounts':[]",
                "{\\'Type\\':\\'bind\\',\\'Source\\':\\'/srv/a/\\',\\'Target\\':\\'/t\\',\\'ReadOnly\\':true} | 'Binds':['v:/v'],'Mounts':[{'Type':'bind','Source':'/srv/a/','Target':'/t','ReadOnly':true}]",
                "\\'/etc:/t:ro\\' | 'Binds':['v:/v'],'Mounts':[{'Type':'bind','Source':'/srv/a','Target':'/t','ReadOnly':true}]",
                "\\'/srv/a:/t\\' | 'Binds':['v:/v'],'Mounts':[{'Type':'bind','Source':'/srv/a','Target':'/t','ReadOnly':true}]",
                "\\'/srv/a:/etc:ro\\' | 'Binds':['v:/v'],'Mounts':[{'Type':'bind','Source':'/srv/a','Target':'/t','ReadOnly':true}]",
                "[] | 'Binds':['v:/v'],'Mounts':[{'Type':'bind','Source':'/srv/a','Target':'/t','ReadOnly':true}]"
            })
    void inspectShowsTheBindOfTheClient(String label, String expected) throws Exception {
        String mount = "{'Type':'volume','Source':'OWN','Target':'/t','ReadOnly':true,'VolumeOptions':{'Labels':"
                + "{'socket-proxy.bind':'" + label + "'},'Subpath':'a'}}";
        String response =
                "{'Id':'1','HostConfig':{'Binds':['v:/v'],'Mounts':[" + mount + "]},'Mounts':[{'Type':'volume',"
                        + "'Name':'OWN','Source':'/d','Destination':'/t','Driver':'local','Mode':'z','RW':false,'Propagation':''}]}";

        assertThat(shown("ContainerInspect", response))
                .isEqualTo("{'Id':'1','HostConfig':{" + expected + "},'Mounts':[{'Type':'bind','Source':'/srv/a',"
                        + "'Destination':'/t','Mode':'ro','RW':false,'Propagation':'rprivate'}]}");
    }

    @Test
    void everyRowOfTheTableNamesAnOperationWithAView() {
        assertThat(CATALOGUE.operations().stream().filter(operation -> BindResponses.elements(operation) != null))
                .hasSize(11);
    }

    @Test
    void otherResponsesPassByteForByte() throws Exception {
        String response = "{ 'Id' : '1' , 'HostConfig' : { 'Binds' : ['/srv/a:/t'] } }";

        assertThat(shown("ContainerInspect", response)).isEqualTo(response);
    }
}
