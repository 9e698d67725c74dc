package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;

/**
 * Requests under {@code WRITE_TARGETS} and {@code PROTECT}, with the daemon of {@link FakeOwners}. Quotes are apostrophes. A row has
 * the settings, the request, its body, and the status with the reason, or with what the daemon gets.
 */
class WriteTargetTest {
    private static final String WRITE = "WRITE_TARGETS=label:owner=ci";
    private static final String GUARD = "PROTECT=label:owner=other";

    @RegisterExtension
    final OwnersDaemon owners = new OwnersDaemon("join-container,volumes-from");

    private ChainUnderTest chain(String settings) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of("CREATE_ALLOW", "join-container,volumes-from"));
        for (String setting : settings.replaceAll("\\bWRITE\\b", WRITE)
                .replace("GUARD", GUARD)
                .split(" ")) {
            int equals = setting.indexOf('=');
            all.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return ChainUnderTest.safe(owners.daemon().host(), all);
    }

    private void check(String settings, String request, String body, String outcome) throws Exception {
        try (ChainUnderTest chain = chain(settings)) {
            String answer = FakeOwners.send(chain, request, body == null ? "" : body);
            String status = outcome.split(" ")[0];
            String rest = outcome.substring(status.length()).strip();
            assertThat(answer).startsWith(status + " ");
            String sent = owners.objects().bodies().poll();
            if (status.equals("201")) {
                assertThat(sent).isNotNull();
                assertThat(sent.strip()).isEqualTo(ids(rest));
            } else {
                assertThat(sent).isNull();
                assertThat(answer).contains(" " + rest + " ");
            }
        }
    }

    private static String ids(String text) {
        return text.replace("OWN", FakeOwners.OWN).replace("FOREIGN", FakeOwners.FOREIGN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // reads are not confined, and name what they like
                "WRITE | GET /containers/foreign/logs?stdout=1 | 201 GET /containers/foreign/logs?stdout=1",
                "GUARD | GET /containers/foreign/top | 201 GET /containers/foreign/top",
                "WRITE | POST /containers/foreign/wait | 201 POST /containers/foreign/wait",
                "WRITE | GET /images/json | 201 GET /images/json",
                "WRITE | POST /images/foreign/push | 201 POST /images/foreign/push",
                // changes reach selected objects only, by their ids
                "WRITE | POST /containers/own/restart | 201 POST /containers/OWN/restart",
                "WRITE | POST /containers/foreign/restart | 403 write-target",
                "WRITE | POST /containers/ffffffffffff/restart | 403 write-target",
                "WRITE | POST /containers/missing/restart | 404 container-lookup",
                "WRITE | DELETE /containers/foreign?force=1 | 403 write-target",
                "WRITE | POST /containers/foreign/rename?name=x | 403 write-target",
                "WRITE | POST /containers/foreign/update | 403 write-target",
                "WRITE | POST /containers/foreign/resize?h=1&w=1 | 403 write-target",
                "WRITE | GET /containers/foreign/archive?path=/ | 403 write-target",
                "WRITE | GET /containers/foreign/export | 403 write-target",
                "WRITE | GET /containers/own/export | 201 GET /containers/OWN/export",
                "WRITE | POST /v4.0.0/libpod/containers/foreign/kill | 403 write-target",
                "WRITE | POST /v4.0.0/libpod/containers/own/kill | 201 POST /v4.0.0/libpod/containers/OWN/kill",
                "WRITE | POST /commit?container=foreign | 403 write-target",
                "WRITE | DELETE /volumes/foreign | 403 write-target",
                "WRITE | DELETE /volumes/own | 201 DELETE /volumes/own",
                "WRITE | DELETE /networks/foreign | 403 write-target",
                "WRITE | DELETE /images/foreign:1 | 403 write-target",
                "WRITE | DELETE /images/own:1?force=1 | 403 target-parameter-unconfined",
                "WRITE | DELETE /v4.0.0/libpod/images/remove?images=own:1&images=foreign:1 | 403 write-target",
                "WRITE | DELETE /services/foreign | 403 write-target",
                "WRITE | DELETE /secrets/foreign | 403 write-target",
                "WRITE | POST /build/prune | 403 operation-unconfined",
                "WRITE | POST /containers/prune | 201 POST /containers/prune?filters=%7B%22label%22%3A%7B%22owner%3Dci%22%3Atrue%7D%7D",
                "WRITE_TARGETS=containers:label:owner=ci | DELETE /volumes/own | 403 write-target",
                "WRITE_TARGETS=name:own* | POST /containers/own/stop | 201 POST /containers/OWN/stop",
                "WRITE_TARGETS=name:own* | POST /containers/foreign/stop | 403 write-target",
                "WRITE_TARGETS=name:own* | POST /containers/own/rename?name=x | 403 target-name",
                "WRITE_TARGETS=name:own* | POST /containers/prune | 403 target-parameter-unconfined",
                // a new name of an image
                "WRITE | POST /images/own:1/tag?repo=x | 403 target-name",
                "WRITE | POST /images/create?fromImage=x&tag=1 | 403 target-name",
                "WRITE_TARGETS=images:reference:r/** | POST /images/create?fromImage=r/x&tag=1 | 201 POST /images/create?fromImage=r/x&tag=1",
                // a missing object is no denial, and a network of the daemon is readable
                "TARGETS=label:owner=ci | GET /containers/missing/json | 404 allow section",
                "TARGETS=label:owner=ci | GET /containers/foreign/json | 404 deny target-outside",
                "TARGETS=label:owner=ci | DELETE /volumes/missing | 404 allow section",
                "TARGETS=label:owner=ci | POST /containers/missing/stop | 404 allow alone",
                "TARGETS=label:owner=ci | GET /networks/bridge | 200 allow section",
                "TARGETS=label:owner=ci | GET /v4.0.0/libpod/networks/bridge/json | 200 allow section",
                "TARGETS=label:owner=ci | DELETE /networks/bridge | 404 target-outside",
                "TARGETS=label:owner=ci | GET /networks/foreign | 404 target-outside",
                // 404 before 403
                "TARGETS=label:owner=ci WRITE_TARGETS=label:owner=other | POST /containers/foreign/stop | 404 target-outside",
                "TARGETS=label:owner=ci WRITE_TARGETS=label:owner=other | POST /containers/own/stop | 403 write-target",
                "WRITE GUARD | DELETE /volumes/own | 201 DELETE /volumes/own",
                "TARGETS=label:owner=ci WRITE GUARD | DELETE /networks/own | 201 DELETE /networks/own",
                "TARGETS=label:owner=ci PROTECT=label:owner=ci | DELETE /volumes/own | 403 object-protected",
                "WRITE GUARD | DELETE /volumes/foreign | 403 write-target",
                // PROTECT is the reverse
                "GUARD | POST /containers/own/stop | 201 POST /containers/OWN/stop",
                "GUARD | POST /containers/foreign/stop | 403 object-protected",
                "GUARD | POST /containers/missing/stop | 404 container-lookup",
                "GUARD | DELETE /volumes/foreign | 403 object-protected",
                "GUARD | DELETE /volumes/own | 201 DELETE /volumes/own",
                "GUARD | DELETE /networks/foreign | 403 object-protected",
                "GUARD | DELETE /images/foreign:1 | 403 object-protected",
                "GUARD | POST /images/own:1/tag?repo=foreign&tag=1 | 403 object-protected",
                "GUARD | POST /images/own:1/tag?repo=new&tag=1 | 201 POST /images/own:1/tag?repo=new&tag=1",
                "GUARD | POST /images/create?fromImage=foreign&tag=1 | 201 POST /images/create?fromImage=foreign&tag=1",
                "GUARD | POST /containers/prune | 201 POST /containers/prune?filters=%7B%22label%21%22%3A%7B%22owner%3Dother%22%3Atrue%7D%7D",
                "GUARD | POST /containers/prune?filters=%7B%22label!%22:[%22a%22]%7D | 403 target-parameter-unconfined",
                "PROTECT=label:a=b,label:a=c | POST /containers/prune | 403 target-parameter-unconfined",
                "PROTECT=label:a=b,label:owner=other | POST /containers/foreign/stop | 403 object-protected",
                "PROTECT=containers:name:fore* | POST /containers/foreign/stop | 403 object-protected",
                "PROTECT=containers:name:fore* | POST /containers/prune | 403 target-parameter-unconfined",
                "PROTECT=containers:name:fore* | POST /volumes/prune | 201 POST /volumes/prune",
                "GUARD | POST /v4.0.0/libpod/pods/prune | 403 object-protected",
                "GUARD | DELETE /v4.0.0/libpod/containers/own?depend=true | 403 target-parameter-unconfined",
                // what a protected container uses
                "PROTECT=containers:name:own | DELETE /volumes/ownused | 403 object-protected",
                "PROTECT=containers:name:own | DELETE /networks/ownused | 403 object-protected",
                "PROTECT=containers:name:own | DELETE /images/ownused:1 | 403 object-protected",
                "PROTECT=containers:name:own | DELETE /images/ownalias:1 | 403 object-protected",
                "PROTECT=containers:name:own | DELETE /images/foreign:1?force=1 | 201 DELETE /images/foreign:1?force=1",
                "GUARD | DELETE /services/owntasks | 403 object-protected",
                "GUARD | DELETE /services/foreign | 403 object-protected",
                "PROTECT=containers:name:own | DELETE /volumes/foreign | 201 DELETE /volumes/foreign",
                "PROTECT=containers:name:own | POST /images/foreign:1/tag?repo=ownused&tag=1 | 403 object-protected",
                "PROTECT=containers:name:own | POST /images/ownused:1/tag?repo=new&tag=1 | 201 POST /images/ownused:1/tag?repo=new&tag=1",
            })
    void objectOfTheTargetIsJudged(String settings, String request, String outcome) throws Exception {
        check(settings, request, "", outcome);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "WRITE | POST /networks/own/connect | {'Container':'foreign'} | 403 write-target",
                "WRITE | POST /networks/foreign/connect | {'Container':'own'} | 403 write-target",
                "WRITE | POST /networks/own/disconnect | {'Container':'foreign'} | 403 write-target",
                "WRITE | POST /networks/own/disconnect | {'Container':'own'} | 201 POST /networks/OWN/disconnect {'Container':'OWN'}",
                "WRITE | POST /containers/create | {'Image':'foreign','HostConfig':{'NetworkMode':'container:foreign'}} | 403 write-target",
                "WRITE | POST /containers/create | {'Image':'foreign','HostConfig':{'VolumesFrom':['foreign']}} | 403 write-target",
                "WRITE | POST /containers/create | {'Image':'foreign','HostConfig':{'Binds':['foreign:/a']}} | 403 write-target",
                "WRITE | POST /containers/create | {'Image':'foreign','HostConfig':{'NetworkMode':'foreign'}} | 403 write-target",
                "WRITE | POST /containers/create | {'Image':'foreign','HostConfig':{'NetworkMode':'none'}} | 201 POST /containers/create {'Image':'foreign','HostConfig':{'NetworkMode':'none'},'Labels':{'owner':'ci'}}",
                "WRITE | POST /volumes/create | {'Name':'foreign'} | 403 write-target",
                "WRITE_TARGETS=containers:label:owner=ci | POST /networks/create | {'Name':'x'} | 403 target-name",
                "GUARD | POST /networks/own/connect | {'Container':'foreign'} | 403 object-protected",
                "GUARD | POST /networks/foreign/connect | {'Container':'own'} | 403 object-protected",
                "GUARD | POST /networks/own/disconnect | {'Container':'foreign'} | 403 object-protected",
                "GUARD | POST /networks/own/disconnect | {'container':'foreign'} | 403 create-form",
                "GUARD | POST /containers/create | {'Image':'foreign','HostConfig':{'NetworkMode':'container:foreign'}} | 403 object-protected",
                "GUARD | POST /containers/create | {'Image':'foreign','HostConfig':{'VolumesFrom':['foreign']}} | 403 object-protected",
                "GUARD | POST /containers/create | {'Image':'foreign','HostConfig':{'Binds':['foreign:/a']}} | 403 object-protected",
                "GUARD | POST /containers/create | {'Image':'foreign','HostConfig':{'NetworkMode':'container:own'}} | 201 POST /containers/create {'Image':'foreign','HostConfig':{'NetworkMode':'container:OWN'},'Labels':{}}",
                "GUARD | POST /containers/create | {'Image':'foreign','HostConfig':{'NetworkMode':'none'}} | 201 POST /containers/create {'Image':'foreign','HostConfig':{'NetworkMode':'none'}}",
                "PROTECT=containers:name:own | POST /containers/create | {'Image':'foreign','HostConfig':{'Binds':['ownused:/a']}} | 403 object-protected",
                "GUARD | POST /services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'x','Mounts':[{'Type':'volume','Source':'foreign','Target':'/a'}]}}} | 403 object-protected",
                "GUARD | POST /v4.0.0/libpod/containers/create | {'image':'own:1','pod':'foreign'} | 403 object-protected",
                "GUARD | POST /v4.0.0/libpod/containers/create | {'image':'own:1','volumes':[{'Name':'foreign','Dest':'/a'}]} | 403 object-protected",
                "WRITE | POST /exec/FOREIGN/start | {'Detach':true} | 403 write-target",
                "GUARD | POST /exec/FOREIGN/start | {'Detach':true} | 403 object-protected",
                "GUARD | POST /exec/OWN/start | {'Detach':true} | 201 POST /exec/OWN/start {'Detach':true}",
                "WRITE | POST /exec/OWN/start | {'Detach':true} | 201 POST /exec/OWN/start {'Detach':true}",
            })
    void objectOfTheBodyIsJudged(String settings, String request, String body, String outcome) throws Exception {
        check(settings, ids(request), body, outcome);
    }
}
