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
        "COMMAND,    run,                   run",
        "COMMAND,    A=s,                   A=#",
        "COMMAND,    --env=A=s,             --env=A=#",
        "COMMAND,    --env=A,               --env=A",
        "COMMAND,    --env-merge=A=s,       --env-merge=#",
        "COMMAND,    -eA=s,                 -eA=#",
        "COMMAND,    -ite=A=s,              -ite=#",
        "COMMAND,    'export A=s B=s',      'export A=#'",
        "COMMAND,    '/bin/sh -c ENV A=s b=s', '/bin/sh -c ENV A=#'",
        "COMMAND,    '|1 A=s /bin/sh -c true', '|1 A=#'",
        "ADDRESS,    172.17.0.2,            0.109.115.107",
        "ADDRESS,    172.17.0.0/16,         0.109.115.107/32",
        "ADDRESS,    10.0.0.9:2377,         0.109.115.107:2377",
        "ADDRESS,    fd00::2,               100::6d:736b",
        "ADDRESS,    fd00::/64,             100::6d:736b/128",
        "ADDRESS,    '[fd00::2]:2377',      '[100::6d:736b]:2377'",
        "ADDRESS,    fe80::1%eth0,          100::6d:736b",
        "ADDRESS,    ::ffff:10.0.0.9,       100::6d:736b",
        "ADDRESS,    0.0.0.0,               0.0.0.0",
        "ADDRESS,    ::,                    ::",
        "ADDRESS,    127.0.0.1,             127.0.0.1",
        "ADDRESS,    '[::1]:80',            '[::1]:80'",
        "ADDRESS,    node1.example:2377,    #",
        "ADDRESS,    db:10.0.0.9,           #",
        "ADDRESS,    10.0.0.9 db,           #",
        "MAC,        02:42:ac:11:00:02,     02:6d:61:73:6b:00",
        "EMPTY,      s,                     #",
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
