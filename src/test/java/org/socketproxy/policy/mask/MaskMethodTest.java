package org.socketproxy.policy.mask;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Strings masked by each method, with the marker written as #; the words of groups and methods. */
class MaskMethodTest {
    @ParameterizedTest
    @CsvSource({
        "WHOLE,      s,                     #",
        "ASSIGNMENT, A=s,                   A=#",
        "ASSIGNMENT, =s,                    =#",
        "ASSIGNMENT, A=,                    A=",
        "ASSIGNMENT, =,                     =",
        "ASSIGNMENT, A,                     A",
        "ASSIGNMENT, s s,                   #",
        "BIND,       /s:/t,                 #:/t",
        "BIND,       :/t,                   #:/t",
        "BIND,       s,                     #",
        "EXEC,       exec_create: s,        exec_create: #",
        "EXEC,       exec_die: s,           exec_die: s",
        "SECCOMP,    seccomp=s,             seccomp=#",
        "SECCOMP,    seccomp:s,             seccomp:#",
        "SECCOMP,    'name=seccomp,profile=/etc/s.json', 'name=seccomp,profile=/#'",
        "SECCOMP,    'name=seccomp,profile=builtin', 'name=seccomp,profile=builtin'",
        "SECCOMP,    apparmor=s,            apparmor=s",
        "USERINFO,   http://u:p@h,          http://#@h",
        "USERINFO,   ://u:p@h,              ://#@h",
        "USERINFO,   u:p@h,                 #@h",
        "USERINFO,   @h,                    #@h",
        "USERINFO,   h,                     h",
    })
    void stringIsMasked(MaskMethod method, String value, String masked) {
        assertThat(method.mask(value)).isEqualTo(masked.replace("#", Marker.TEXT));
        assertThat(method.mask(method.mask(value))).isEqualTo(method.mask(value));
    }

    @Test
    void base64HasItsOwnMarker() {
        assertThat(MaskMethod.BASE64.mask("cw==")).isEqualTo("KioqbWFza2VkLWJ5LXNvY2tldC1wcm94eSoqKg==");
    }

    @ParameterizedTest
    @EnumSource(MaskGroup.class)
    void groupIsFoundByItsWord(MaskGroup group) {
        assertThat(MaskGroup.of(group.word())).hasValue(group);
        assertThat(MaskGroup.of(group.name())).hasValue(group);
        assertThat(MaskGroup.of("other")).isEmpty();
        assertThat(group.meaning()).isNotBlank();
    }
}
