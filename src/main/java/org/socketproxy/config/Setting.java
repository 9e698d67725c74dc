package org.socketproxy.config;

import java.util.EnumSet;
import java.util.Set;

/** Everything that can be configured besides the variables that grant. Help, README and page are printed from here. */
public enum Setting {
    SOCKET_PATH("/var/run/docker.sock", "the daemon's Unix socket"),
    DOCKER_HOST(
            "",
            "the daemon as docker names it, instead of SOCKET_PATH: unix:///path, or tcp://host:port"
                    + " (docs/daemons.md)"),
    DOCKER_TLS_VERIFY("", "1: the daemon speaks TLS, and shows a certificate that ca.pem has signed"),
    DOCKER_CERT_PATH(
            "", "folder of ca.pem, cert.pem and key.pem for DOCKER_TLS_VERIFY, as docker has it; else .docker in HOME"),
    LISTEN(
            "tcp://127.0.0.1:2375",
            "where clients connect: comma-separated tcp://host:port or tls://host:port (no host means every address),"
                    + " or unix:///path?mode=0660&group=name (docs/listeners.md)"),
    DISABLE_IPV6("0", "1: listen on IPv4 alone; an address without a host means every IPv4 address"),
    TLS_CERT("", "PEM file with the certificate of tls:// listeners and the chain behind it"),
    TLS_KEY("", "PEM file with the key of that certificate, without a passphrase"),
    TLS_CLIENT_CA(
            "",
            "PEM file of authorities: clients of tls:// listeners have to show a certificate that one of them has signed;"
                    + " nothing: they need none"),
    STATUS_LISTEN("tcp://127.0.0.1:8375", "where the status page is: tcp://host:port, or off"),
    STATUS_TOKEN(
            "",
            "what the status page asks for: beyond loopback a random token, printed at the start, if none is given;"
                    + " off shows the page to everyone who can reach it"),
    STATUS_TOKEN_FILE(
            "",
            "file that contains this token, instead of STATUS_TOKEN, such as /run/secrets/status_token; read at the start"),
    STATUS_HOSTS(
            "", "comma-separated host names under which the status page is opened, besides localhost and IP addresses"),
    COMPAT("", "tecnativa: read the variables as that proxy does, and know no Podman paths"),
    PRESET("", "a client's name, such as traefik: the least variables that it needs are on, instead of the defaults"),
    STRICT("0", "1 makes a misspelt variable stop the start"),
    MODE(
            "enforce",
            "learn: let through and record what the variables deny, until LEARN_FOR or LEARN_UNTIL is over; see"
                    + " /suggest"),
    LEARN_FOR(
            "1h",
            "how long learn mode lasts: a number with ms, s, m or h; without LEARN_UNTIL and LEDGER a restart begins"
                    + " it anew"),
    LEARN_UNTIL(
            "",
            "when learn mode ends, in place of LEARN_FOR, such as 2026-11-26T03:00:00Z: a restart does not extend it"),
    ENV_FILE(
            "",
            "a file of NAME=value lines that come before the environment's; read again on SIGHUP and when it changes"),
    SHUTDOWN_TIMEOUT("5s", "what finite exchanges get to finish at a stop: a number with ms, s, m or h"),
    MAX_CONNECTIONS("4000", "connections of all clients together; those beyond are told so (503) and closed"),
    MAX_CONNECTIONS_PER_CLIENT(
            "1000",
            "connections of one client, which is an address, or a user on a Unix socket; those beyond are told so (429) and closed"),
    MAX_HEADER_SIZE(
            "80k", "bytes of a request's line and headers, such as 64k or 128KiB, from 1k to 256k; beyond, 431"),
    HEADER_TIMEOUT(
            "10s",
            "what a client gets to send a request's line and headers, from their first byte, or on a new connection"
                    + " from its begin; then 408"),
    LOG_LEVEL("info", "info logs every exchange, notice the denied ones, err only faults (syslog's names)"),
    LOG_FORMAT("text", "how an exchange is logged: text, or json (docs/audit.md)"),
    LEDGER("", "file in which the record of what was asked is kept over restarts; nothing: it is forgotten"),
    EXTENSIONS("", "folder of jars with filters that deny more than the variables do (docs/extensions.md)");

    private static final Set<Setting> LIVE = EnumSet.of(COMPAT, PRESET, STRICT, SHUTDOWN_TIMEOUT, LOG_LEVEL);

    private final String defaultValue;
    private final String meaning;

    Setting(String defaultValue, String meaning) {
        this.defaultValue = defaultValue;
        this.meaning = meaning;
    }

    public String defaultValue() {
        return defaultValue;
    }

    /** Whether a change holds from the next reload on; the others take a restart. */
    public boolean isLive() {
        return LIVE.contains(this);
    }

    /** What it is for, for people. */
    public String meaning() {
        return meaning;
    }
}
