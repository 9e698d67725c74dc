package org.socketproxy.config;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.policy.ApiTranslation;
import org.socketproxy.policy.Builds;
import org.socketproxy.policy.RegistryLogins;
import org.socketproxy.policy.Totals;
import org.socketproxy.policy.VersionDifferences;
import org.socketproxy.policy.create.NewLabels;
import org.socketproxy.policy.create.SignedImages;
import org.socketproxy.policy.value.ProfileValues;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/** All settings, without the permission variables; help text, README and status page are generated from this list. */
public enum Setting {
    SOCKET_PATH("/var/run/docker.sock", "the daemon's Unix socket"),
    DOCKER_HOST(
            "",
            "the daemon's address as for the docker CLI, instead of SOCKET_PATH: unix:///path, or tcp://host:port"
                    + " (docs/install.md)"),
    DOCKER_TLS_VERIFY(
            "", "1: connect to the daemon with TLS, and require a certificate that a CA of ca.pem has signed"),
    DOCKER_CERT_PATH(
            "",
            "folder with ca.pem, cert.pem and key.pem for DOCKER_TLS_VERIFY, as for the docker CLI; default: .docker in"
                    + " HOME"),
    LISTEN(
            "tcp://127.0.0.1:2375",
            "addresses for clients, comma-separated: tcp://host:port or tls://host:port (no host means all addresses),"
                    + " unix:///path?mode=0660&group=name; ?name=word names a listener (docs/install.md);"
                    + " ?reuse-port=1 lets the next process take over a TCP port, ?fd=0 takes the socket of systemd"
                    + " (docs/operations.md)"),
    DISABLE_IPV6("0", "1: listen on IPv4 only; an address without a host means all IPv4 addresses"),
    TLS_CERT("", "PEM file with the certificate of the tls:// listeners, followed by its chain"),
    TLS_KEY("", "PEM file with the private key of TLS_CERT, without a passphrase"),
    TLS_CLIENT_CA("", "PEM file with CAs: clients of tls:// listeners need a certificate of one of them"),
    STATUS_LISTEN("tcp://127.0.0.1:8375", "address of the status page: tcp://host:port, or off"),
    STATUS_TOKEN(
            "",
            "token of the status page; empty: none on loopback, else a random one that the start report prints; off: none"),
    STATUS_TOKEN_FILE("", "file with this token, such as /run/secrets/status_token; read at the start"),
    STATUS_HOSTS("", "comma-separated host names of the status page, beside localhost and IP addresses"),
    COMPAT(Use.PROFILE, "", "tecnativa: interpret the variables like Tecnativa's proxy, and deny all Podman paths"),
    PRESET(
            Use.PROFILE,
            "",
            "a client's name, such as traefik: the least variables that it needs are on, instead of the defaults"),
    STRICT(Use.LIVE, "0", "1: a misspelled variable prevents the start"),
    MODE(
            Use.LEARN,
            "enforce",
            "learn: forward and record requests that the variables deny, until LEARN_FOR or LEARN_UNTIL ends"),
    LEARN_FOR(
            Use.LEARN,
            "1h",
            "duration of learn mode: a number with ms, s, m or h; without LEARN_UNTIL and LEDGER a restart begins it"
                    + " again"),
    LEARN_UNTIL(
            Use.LEARN,
            "",
            "end of learn mode, instead of LEARN_FOR, such as 2026-11-26T03:00:00Z: a restart does not extend it"),
    ENV_FILE(
            "",
            "file with NAME=value lines, which override the environment; read again on SIGHUP and after each change"),
    SHUTDOWN_TIMEOUT(Use.LIVE, "5s", "time for finite exchanges to finish at a stop: a number with ms, s, m or h"),
    DRAIN(
            Use.LIVE,
            "0s",
            "time for streams, tunnels and requests to end by themselves at a stop, such as 1h; with 0s streams and tunnels end at"
                    + " once, and others after SHUTDOWN_TIMEOUT"),
    DAEMON_TIMEOUT(
            Use.LIVE,
            "off",
            "time in which the daemon must begin its answer, such as 60s, else 504; not for streams, waits, stops, removals of"
                    + " containers, builds, uploads, downloads and pulls; off: no limit"),
    MAX_CONNECTIONS("4000", "maximum number of connections of all clients; more get 503"),
    MAX_CONNECTIONS_PER_CLIENT("1000", "the same for one client address, or one user on one Unix socket; more get 429"),
    MAX_HEADER_SIZE("80k", "maximum size of request line and headers, from 1k to 256k; more get 431"),
    HEADER_TIMEOUT("10s", "time limit for request line and headers; then 408"),
    CREATE(
            Use.PROFILE,
            "",
            "safe: judge what a request creates or changes by its body, so that no container gets the host"
                    + " (docs/create.md); 0: do not; empty: 0, or that of the preset"),
    BINDS(
            Use.PROFILE,
            "",
            "with CREATE=safe: comma-separated paths of the host that containers may mount, such as"
                    + " /srv/data:ro,/srv/cache; /srv/cache/** also allows everything below; own: what the client's own"
                    + " container mounts (docs/create.md)"),
    CREATE_ALLOW(
            Use.PROFILE,
            "",
            "with CREATE=safe: comma-separated permissions, such as ports,capabilities:NET_ADMIN,devices:/dev/dri"),
    CREATE_REQUIRE(
            Use.PROFILE,
            "",
            "with CREATE=safe: what every container must have, of memory:2g, pids:512, cpu:2, non-root, read-only,"
                    + " no-new-privileges, cap-drop-all, label:KEY, network:NAME, internal (new networks), isolated (no network"
                    + " but own ones), digest (of the image), no-restart, loopback (ports at 127.0.0.1); recreatable: a client removes only what it could create again"),
    CREATE_IMAGES(
            Use.PROFILE,
            "",
            "with CREATE=safe: images that may be pulled and run, such as registry.local/**,nginx; empty: every image"),
    CREATE_SIGNED(
            SignedImages.KEY,
            SignedImages::parse,
            SignedImages.ADVICE,
            "with CREATE_IMAGES: images that need a signature of Cosign, each with the file of its public key, such as"
                    + " registry.example.com/**=/run/keys/cosign.pub (docs/images.md)"),
    CREATE_LABELS(
            NewLabels.KEY,
            NewLabels::parse,
            "use KEY=VALUE, separated by commas, such as owner=ci,team=web, or unset it",
            "with CREATE=safe: labels that new containers, pods, services, networks, volumes, secrets and configs get, such as"
                    + " owner=ci; no client changes them (docs/create.md)"),
    EXEC_ALLOW(
            Use.PROFILE,
            "",
            "commands that clients may run in containers, such as pg_dump **;sh /scripts/backup.sh (docs/exec.md);"
                    + " empty: every command"),
    EXEC_OPTIONS(
            Use.PROFILE,
            "",
            "with EXEC_ALLOW: options of an exec, of user:NAME, env:NAME[=VALUE], workdir:PATH, privileged; non-root: no"
                    + " command runs as root"),
    TARGETS(
            Use.PROFILE,
            "",
            "with CREATE=safe: conditions on the objects that clients see and change, such as label:owner=ci or"
                    + " containers:project:shop,images:reference:registry.local/**; empty: all (docs/targets.md)"),
    WRITE_TARGETS(
            Use.PROFILE,
            "",
            "conditions, as in TARGETS, on the objects that clients change, enter and remove, such as"
                    + " containers:label:restart=allowed; they see the others too; empty: all"),
    MAX_OBJECTS(
            Totals.KEY,
            Totals::parse,
            Totals.ADVICE,
            "with a label in TARGETS: most containers, networks and volumes of the clients, and most memory, cpus and pids of all"
                    + " their containers together, such as containers:20,memory:8g,cpus:4,pids:4096; with CREATE=safe:"
                    + " logs:20m for the log of each container; empty: no limit (docs/targets.md)"),
    PROTECT(
            Use.LIVE,
            "",
            "conditions, as in TARGETS, on objects that no client changes, enters or removes, such as"
                    + " label:critical=true; each protects by itself"),
    PROTECT_SELF("1", "1: no client stops, changes or enters the container of the proxy (docs/self-protection.md)"),
    SELF_CONTAINER("", "id or name of this container; empty: the proxy finds it by itself"),
    MASK(
            Use.PROFILE,
            "",
            "groups of values that are masked in responses, of env, args, tokens, options, paths, topology; 1: all, 0: none;"
                    + " env:*KEY*|*PASS*: only variables with such names; empty: none, or those of the preset"
                    + " (docs/masking.md)"),
    MASK_KEEP(Use.PROFILE, "", "with env in MASK: environment variables that are not masked, such as env:TZ|PATH"),
    API_VERSION(
            ApiTranslation.KEY,
            ApiTranslation::parse,
            "use auto for the lowest version that the daemon accepts, or a version from " + ApiVersion.LOWEST + " to "
                    + VersionDifferences.NEWEST + ", or unset it",
            "API version for requests of clients that are too old for the daemon, such as 1.44; auto: the lowest that the"
                    + " daemon accepts (docs/old-clients.md)"),
    BUILDS(
            Builds.KEY,
            text -> Parsers.word(Builds.class, text),
            "use judged, or tunnel for a client that judged builds do not support",
            "judged: each gRPC call of docker build is an operation with rules; tunnel: raw bytes, not beside CREATE"
                    + " or TARGETS (docs/builds.md)"),
    BUILD_SECRETS(
            Use.PROFILE,
            "",
            "names of the secrets that clients may give to a build, such as npm,netrc; none: no secret; empty: all"
                    + " (docs/builds.md)"),
    BUILD_SSH(Use.PROFILE, "", "the same for SSH agents, such as default"),
    BUILD_REGISTRIES(
            Use.PROFILE,
            "",
            "the same for the registries whose passwords and tokens BuildKit gets, such as"
                    + " docker.io,registry.example.com:5000"),
    REGISTRIES(
            RegistryLogins.KEY,
            RegistryLogins::parse,
            RegistryLogins.ADVICE,
            "users of registries, each with the file of its password, such as ghcr.io=bot:/run/secrets/ghcr: the daemon gets"
                    + " the password with pulls, pushes and builds, and no client has it (docs/images.md)"),
    POLICY(
            Use.LIVE,
            "",
            "YAML file with a profile for each kind of client, instead of variables (docs/profiles.md); read again on"
                    + " SIGHUP and after each change"),
    POLICY_KEY(
            Use.LIVE,
            "",
            "public keys of minisign, comma-separated: the policy file is used only with a signature of one of them in"
                    + " NAME.minisig (docs/operations.md)"),
    POLICY_VERSION_FILE(
            Use.LIVE,
            "",
            "with POLICY_KEY: file that keeps the last version of the policy, such as /data/policy-version; an older policy is"
                    + " refused; off: none"),
    SHADOW_POLICY(
            Use.LIVE,
            "",
            "file with a policy to try, of profiles (.yaml) or of NAME=value lines: what it would deny is logged and"
                    + " counted, not denied (docs/shadow.md)"),
    MAX_BODY(Use.LIVE, "1m", "maximum size of a body that is judged, from 1k to 16m; more get 413"),
    LOG_LEVEL(Use.LIVE, "info", "info logs every exchange, notice only denials, err only errors (syslog names)"),
    LOG_FORMAT("text", "format of the audit log: text, or json (docs/audit.md)"),
    LOG_REPEATS(
            Use.LIVE,
            "every",
            "collapse: the audit log writes the same denial of the same client once, then once a minute with a count"),
    AUDIT_FILE("", "file that gets the audit log too, beside standard output (docs/audit.md); empty: none"),
    AUDIT_FILE_SIZE("100m", "size from which this file is renamed to NAME.1, from 64k to 1000m"),
    AUDIT_FILE_COUNT("5", "number of such full files that are kept, from 1 to 1000"),
    AUDIT_FAIL(
            "open",
            "closed: while the audit log cannot be written (AUDIT_FILE, or standard output without it), each request gets"
                    + " 503; open: it is served, and its record can be lost"),
    TZ("", "time zone of the times in the text log, such as Europe/Berlin; empty: UTC. JSON is always in UTC"),
    NOTIFY(
            "",
            "https:// address that gets a message about a new kind of denial, a reload after which clients can become root, and a"
                    + " lost daemon (docs/operations.md); http:// only to loopback, or as insecure:http://host/path. It may hold"
                    + " a token, and is never shown"),
    NOTIFY_FILE("", "file with this address, such as /run/secrets/notify; read at the start"),
    NOTIFY_FORMAT("json", "form of these messages: json, ntfy, gotify or slack"),
    LEASES(
            "",
            "folder for leases (key leases of a policy file), such as /run/socket-proxy: the control socket control.sock, a"
                    + " socket of each lease, and their records; empty: none (docs/leases.md)"),
    LEDGER("", "file that keeps the usage ledger across restarts; empty: a restart clears the ledger"),
    EXTENSIONS("", "folder with jars of filters that can deny more requests (docs/extending.md)");

    private static final Map<Setting, ProfileKey<?>> KEYS = new EnumMap<>(Setting.class);

    static {
        for (Setting each : values()) {
            if (each.scalar != null) {
                KEYS.put(each, each.scalar.key);
            }
        }
    }

    private final Use use;
    private final String defaultValue;
    private final String meaning;

    @SuppressWarnings("ImmutableEnumChecker") // parsers have no state
    private final @Nullable Scalar<?> scalar;

    private enum Use {
        /** A change needs a restart. */
        START,
        /** A reload applies a change. */
        LIVE,
        /** A reload applies a change. With a policy file each profile has its own value. */
        PROFILE,
        /** A change needs a restart. With a policy file each profile has its own learn mode. */
        LEARN
    }

    /** A value of a profile that is read by itself. */
    private record Scalar<T>(ProfileKey<T> key, Function<String, Optional<T>> parser, String advice) {
        ProfileValues read(Setting setting, Reading reading, ProfileValues values) {
            return values.with(key, reading.value(setting, parser, advice).orElse(key.absent()));
        }
    }

    /** A change needs a restart. */
    Setting(String defaultValue, String meaning) {
        this(Use.START, defaultValue, meaning);
    }

    Setting(Use use, String defaultValue, String meaning) {
        this.use = use;
        this.defaultValue = defaultValue;
        this.meaning = meaning;
        this.scalar = null;
    }

    /** @param advice the fix for a value that the parser does not read */
    <T> Setting(ProfileKey<T> key, Function<String, Optional<T>> parser, String advice, String meaning) {
        this.use = Use.PROFILE;
        this.defaultValue = key.defaultText();
        this.meaning = meaning;
        this.scalar = new Scalar<>(key, parser, advice);
    }

    public String defaultValue() {
        return defaultValue;
    }

    /** Returns true if a reload applies a change; other settings need a restart. */
    public boolean isLive() {
        return use == Use.LIVE || use == Use.PROFILE;
    }

    /** Returns the settings that decide about requests of clients, as the variables do. */
    public static List<Setting> ofPermissions() {
        return Arrays.stream(values())
                .filter(each -> each.use == Use.PROFILE || each.use == Use.LEARN)
                .toList();
    }

    public String meaning() {
        return meaning;
    }

    /** Returns the settings of values that are read by themselves, and their keys. */
    public static Map<Setting, ProfileKey<?>> keys() {
        return Collections.unmodifiableMap(KEYS);
    }

    /** Returns the name in lower case: the key in a policy file, for a setting that has one of its own. */
    public String yamlKey() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Reads the values of all {@link #keys}. */
    static ProfileValues read(Reading reading) {
        ProfileValues values = ProfileValues.NONE;
        for (Setting each : values()) {
            values = each.scalar == null ? values : each.scalar.read(each, reading, values);
        }
        return values;
    }
}
