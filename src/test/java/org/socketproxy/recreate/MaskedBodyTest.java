package org.socketproxy.recreate;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.create.BindRules;
import org.socketproxy.policy.create.CreateAllowances;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.mask.MaskSelection;
import org.socketproxy.recreate.RecreateRecord.ImageConfig;

/** Bodies of a client that has read masked descriptions. M is the marker. */
class MaskedBodyTest {
    private static final String MARKER = "***masked-by-socket-proxy***";
    private static final MaskRules MASK =
            MaskRules.of(MaskSelection.of(EnumSet.allOf(MaskGroup.class)), OperationCatalogue.load());
    private static final CreateRules RULES = new CreateRules(
            new CreateAllowances(Map.of(CreatePermission.RECREATE, Set.of())),
            BindRules.NONE,
            new ImageRules(List.of("app")),
            Set.of(),
            1 << 20);
    private static final String INSPECT = "{'Id':'" + "c0".repeat(32) + "','Name':'/app','Config':{"
            + "'Env':['A=secret','B=other','C=1'],'Cmd':['run','--key','secret'],'User':'7','Labels':{'l':'1'},"
            + "'Healthcheck':{'Test':['CMD','probe','secret']}},"
            + "'HostConfig':{'Binds':['/srv/secret:/data:ro'],'LogConfig':{'Type':'splunk','Config':{'token':'secret'}},"
            + "'SecurityOpt':['seccomp={}']},"
            + "'NetworkSettings':{'Networks':{'n':{'DriverOpts':{'k':'secret'}}}}}";
    private static final String IMAGE =
            "{'Config':{'Env':['A=default','D=4','C=1'],'Cmd':['x','y','z'],'Healthcheck':{'Test':['CMD','a','b']}}}";

    private static final String HOST_CONFIG = "'HostConfig':{'Binds':['M:/data:ro'],"
            + "'LogConfig':{'Type':'splunk','Config':{'token':'M'}},'SecurityOpt':['seccomp=M']}";
    private static final String CONFIG = "'Env':['A=M','B=M','C=M'],'Cmd':['M','M','M'],'User':'7','Labels':{'l':'1'},"
            + "'Healthcheck':{'Test':['M','M','M']}";

    private static ByteBuffer json(String text) {
        return StandardCharsets.UTF_8.encode(
                text.replaceAll("\\bM\\b", Matcher.quoteReplacement(MARKER)).replace('\'', '"'));
    }

    private static String filled(String body, String image) {
        return filled(MASK, body, image);
    }

    private static String filled(MaskRules mask, String body, String image) {
        RecreateRecord recorded =
                requireNonNull(RecreateRecord.read(unmasked(INSPECT))).withImage(ImageConfig.read(unmasked(image)));
        ByteBuffer filled = recorded.filled(RULES, mask, json(body));
        return filled == null
                ? ""
                : StandardCharsets.UTF_8.decode(filled).toString().replace('"', '\'');
    }

    private static ByteBuffer unmasked(String text) {
        return StandardCharsets.UTF_8.encode(text.replace('\'', '"'));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",'NetworkingConfig':{'EndpointsConfig':{'n':{'DriverOpts':{'k':'M'}}}}"})
    void cloneOfTheMaskedDescriptionGetsTheRecordedValues(String networks) {
        assertThat(filled("{'Image':'app:2'," + CONFIG + "," + HOST_CONFIG + networks + "}", "{}"))
                .contains("['A=secret','B=other','C=1']", "['run','--key','secret']", "['CMD','probe','secret']")
                .contains("['/srv/secret:/data:ro']", "{'token':'secret'}", "['seccomp={}']")
                .contains(networks.isEmpty() ? "" : "{'DriverOpts':{'k':'secret'}}")
                .doesNotContain(MARKER);
    }

    /** Watchtower leaves out what is equal to the masked value of the image. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'Env':['B=M'],'Cmd':null,'User':'7','Labels':{'l':'1'},'Healthcheck':{}",
                "'Env':['B=M'],'User':'7','Labels':{'l':'1'}",
                "'Env':['B=M'],'Cmd':['M','M','M'],'User':'7','Labels':{'l':'1'},'Healthcheck':{'Test':null}",
            })
    void valueThatLooksLikeThatOfTheImageIsRestored(String config) {
        // D=4 is a variable of the image that the record does not have, so a body without it would not be the same.
        String image = IMAGE.replace(",'D=4'", "");

        assertThat(filled("{'Image':'app:2'," + config + "," + HOST_CONFIG + "}", image))
                .contains("'A=secret'", "'B=other'", "['run','--key','secret']", "['CMD','probe','secret']")
                .doesNotContain(MARKER);
    }

    /** The client sees B and leaves out what looks like the variables of the image; C comes from the new image. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'Env':['A=M','B=other','C=1'] | ['A=secret','B=other','C=1']",
                "'Env':['B=other']             | ['B=other','A=secret']",
                "'Env':['A=M','B=other']       | ['A=secret','B=other']",
                "'Env':['A=M','B=M']           | ''",
                "'Env':['A=M','B=secret']      | ''",
                "'Env':['A=M']                 | ''",
                "'Env':['B=other','A=other']   | ''",
            })
    void onlyMaskedVariablesAreFilled(String environment, String expected) {
        MaskRules mask = MaskRules.of(
                new MaskSelection(EnumSet.of(MaskGroup.ENV), Set.of("A"), Set.of()), OperationCatalogue.load());
        String rest =
                ",'Cmd':['run','--key','secret'],'User':'7','Labels':{'l':'1'},'Healthcheck':{'Test':['CMD','probe','secret']},"
                        + "'HostConfig':{'Binds':['/srv/secret:/data:ro'],'LogConfig':{'Type':'splunk','Config':{'token':'secret'}},"
                        + "'SecurityOpt':['seccomp={}']}}";

        String filled =
                filled(mask, "{'Image':'app:2'," + environment + rest, "{'Config':{'Env':['A=default','C=1']}}");
        String only = filled.isEmpty() ? "''" : filled.replaceAll(".*'Env':(\\[[^]]*]).*", "$1");
        assertThat(only).isEqualTo(expected);
    }

    /** A body without an environment takes visible variables from the new image, as without a mask. */
    @Test
    void visibleVariablesAreNotPinned() {
        MaskRules mask = MaskRules.of(
                new MaskSelection(EnumSet.of(MaskGroup.ENV), Set.of(), Set.of("B", "C")), OperationCatalogue.load());
        String rest =
                "'Cmd':['run','--key','secret'],'User':'7','Labels':{'l':'1'},'Healthcheck':{'Test':['CMD','probe','secret']},"
                        + "'HostConfig':{'Binds':['/srv/secret:/data:ro'],'LogConfig':{'Type':'splunk','Config':{'token':'secret'}},"
                        + "'SecurityOpt':['seccomp={}']}}";

        assertThat(filled(mask, "{'Image':'app:2'," + rest, "{'Config':{'Env':['A=default','B=other','C=1']}}"))
                .contains("'Env':['A=secret']");
    }

    /** The secret gets into no other container. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'app:2' -> 'other'",
                "'User':'7' -> 'User':'0'",
                "'Cmd':['M','M','M'] -> 'Cmd':['env']",
                "'Cmd':['M','M','M'] -> 'Cmd':['M','M','M'],'Entrypoint':['sh']",
                "'Labels':{'l':'1'} -> 'Labels':{'l':'M'}",
                "'A=M' -> 'OTHER=M'",
                "'A=M' -> 'A=M','A=x'",
                "['A=M','B=M','C=M'] -> ['A=M','B=M','C=M','E=1']",
                "'User':'7' -> 'User':'7','Hostname':'M'",
                "'M:/data:ro' -> 'M:/data'",
                "'M:/data:ro' -> 'M:/data:ro','M:/other:ro'",
                "'HostConfig':{ -> 'HostConfig':{'Privileged':true,",
                "'Healthcheck':{'Test':['M','M','M']} -> 'Healthcheck':{'Test':['M','M','M','M']}",
            })
    void otherContainerIsNotFilled(String change) {
        String[] words = change.split(" -> ");
        String body = "{'Image':'app:2'," + CONFIG + "," + HOST_CONFIG + "}";
        assertThat(body).contains(words[0]);

        assertThat(filled(body.replace(words[0], words[1]), "{}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "null"})
    void otherJsonIsNotFilled(String body) {
        assertThat(filled(body, "{}")).isEmpty();
    }
}
