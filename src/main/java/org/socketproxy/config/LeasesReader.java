package org.socketproxy.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.LeaseTemplate.Access;
import org.socketproxy.config.LeaseTemplate.Askable;
import org.socketproxy.config.LeaseTemplate.Asking;
import org.socketproxy.config.LeaseTemplate.Egress;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.HostPaths;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.table.Table;
import org.socketproxy.yaml.YamlValue;

/** Reads {@code leases} of a policy file. The rights of a template are read like a profile. */
final class LeasesReader {
    private static final List<String> NETWORK_KEYS = List.of("egress", "publish");
    private static final String NONE = "none";
    private static final String LOOPBACK = "loopback";
    private static final List<String> KEYS =
            List.of("open", "for", "at-once", "network", "projects", "rights", "ask", "approve", "hold");
    /** Operations that create what the end of a lease does not remove. */
    private static final List<String> UNREMOVED =
            new Table<>("unremoved.tsv", "operation", cells -> cells[0]).load(LeasesReader.class);

    private static final Pattern PROXY = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}:[1-9][0-9]{0,4}");
    private static final int MOST_PROXIES = 4;

    /** Leaves room for {@code /ID/docker.sock}. */
    private static final int LONGEST_FOLDER = 80;

    private static final Duration LONGEST = Duration.ofDays(30);
    private static final Duration USUAL = Duration.ofHours(1);

    private final ProfileReader.Source source;
    private final ClientsReader clients;
    private final Rights rights;
    private int atOnce;

    /** Makes the reader of the rights of a template. */
    interface Rights {
        ProfileReader reader(String name, YamlValue block);
    }

    /** @param clients reader of conditions on clients of the control socket */
    LeasesReader(ProfileReader.Source source, ClientsReader clients, Rights rights) {
        this.source = source;
        this.clients = clients;
        this.rights = rights;
    }

    /** Returns null for no folder. */
    static @Nullable Path folder(Reading reading) {
        return reading.isNo(Setting.LEASES)
                ? null
                : reading.value(
                                Setting.LEASES,
                                text -> Parsers.absoluteFile(text)
                                        .map(Path::normalize)
                                        .filter(path -> UnixAddress.bytes(path) <= LONGEST_FOLDER),
                                "use the absolute path of a folder of at most " + LONGEST_FOLDER
                                        + " bytes, such as /run/socket-proxy")
                        .orElse(null);
    }

    /**
     * @param value of the key, or null
     * @param isName refuses a name that no profile may have
     */
    List<LeaseTemplate> read(@Nullable YamlValue value, Predicate<Map.Entry<String, YamlValue>> isName) {
        List<LeaseTemplate> templates = new ArrayList<>();
        if (value != null) {
            for (Map.Entry<String, YamlValue> block : value.entries().entrySet()) {
                LeaseTemplate read = isName.test(block) ? template(block.getKey(), block.getValue()) : null;
                if (read != null) {
                    templates.add(read);
                }
            }
            if (atOnce > LeaseTemplate.MOST_AT_ONCE) {
                value.refuse("at most " + LeaseTemplate.MOST_AT_ONCE
                        + " leases at once are possible: lower at-once of some templates");
            }
        }
        return templates;
    }

    /** Returns null without rights, which is reported. */
    private @Nullable LeaseTemplate template(String name, YamlValue block) {
        Map<String, YamlValue> keys = block.entries(KEYS);
        YamlValue open = keys.get("open");
        List<ClientMatcher> openers = open == null ? List.of() : clients.read(open);
        if (open == null || open.isList() && open.elements().isEmpty()) {
            block.refuse("name who may open a lease, such as open: [{uid: 1000}]");
        }
        List<String> projects = projects(keys.get("projects"));
        YamlValue given = keys.get("rights");
        int most = number(keys.get("at-once"));
        atOnce += most;
        Duration longest = duration(keys.get("for"), LONGEST, USUAL);
        YamlValue network = keys.get("network");
        Map<String, YamlValue> ofNetwork = network == null ? Map.of() : network.entries(NETWORK_KEYS);
        Egress egress = egress(ofNetwork.get("egress"));
        YamlValue publish = ofNetwork.get("publish");
        String ports = publish == null ? "" : ports(publish, egress);
        Asking asking = new AskReader(clients).read(keys, projects, egress, ports.equals(NONE));
        if (given == null) {
            block.refuse("name the rights of a lease, such as rights: {preset: testcontainers, create: safe}");
            return null;
        }
        List<Requirement> required = new ArrayList<>();
        if (!egress.isOpen()) {
            required.add(Requirement.ISOLATED);
        }
        if (ports.equals(LOOPBACK)) {
            required.add(Requirement.LOOPBACK);
        }
        boolean isOpeningPorts = ports.equals(LOOPBACK) && !asking.kinds().contains(Askable.PORTS);
        ProfileSettings read = rights.reader(name, given).readLease(required, isOpeningPorts);
        if (publish != null && ports.equals(NONE) && isPublishing(read)) {
            publish.refuse("the rights of this lease allow ports: remove ports from allow, or use loopback");
        }
        judge(read, given);
        return new LeaseTemplate(new Access(openers, longest, most), projects, read, egress, asking);
    }

    private static String ports(YamlValue publish, Egress egress) {
        String word = publish.text();
        if (!word.equals(NONE) && !word.equals(LOOPBACK)) {
            publish.refuse("use none or loopback");
        } else if (word.equals(LOOPBACK) && !egress.isOpen()) {
            publish.refuse("networks without open egress have no ports: use none");
        }
        return word;
    }

    private static boolean isPublishing(ProfileSettings rights) {
        CreateRules create = rights.create();
        return create != null && create.permissions().arguments(CreatePermission.PORTS) != null;
    }

    private static Egress egress(@Nullable YamlValue value) {
        if (value == null) {
            return Egress.OPEN;
        }
        if (!value.isList()) {
            String word = value.text();
            if (!word.equals("open") && !word.equals(NONE)) {
                value.refuse("use none, open, or containers with a port such as [egress:3128]");
            }
            return word.equals("open") ? Egress.OPEN : new Egress(false, List.of());
        }
        List<String> proxies = new ArrayList<>();
        for (YamlValue element : value.elements()) {
            if (!PROXY.matcher(element.text()).matches() || proxies.size() >= MOST_PROXIES) {
                element.refuse("use at most " + MOST_PROXIES + " names of containers with a port, such as egress:3128");
            } else {
                proxies.add(element.text());
            }
        }
        if (value.elements().isEmpty()) {
            value.refuse("name a container with a port such as [egress:3128], or use none");
        }
        return new Egress(false, proxies);
    }

    /**
     * Refuses rights to create what the end of a lease does not remove.
     *
     * <p>Security: the clients of a lease are not trusted, so a template that lets a client become root is an error.
     */
    private void judge(ProfileSettings read, YamlValue place) {
        if (read.create() == null) {
            return; // reported: a label in TARGETS needs it
        }
        Profile profile =
                read.profile(source.catalogue(), source.rules(), LearnMode.off(), List.of(), InstantSource.system());
        Risk risk = Risk.of(profile, source.catalogue());
        if (risk.isRoot()) {
            place.refuse(
                    "a client of this lease can become root on the host: " + risk.answer() + "; remove this right");
        }
        String unremoved = UNREMOVED.stream()
                .filter(id -> source.catalogue().operations().stream()
                        .anyMatch(operation -> operation.id().equals(id) && profile.allows(operation)))
                .collect(Collectors.joining(", "));
        if (!unremoved.isEmpty()) {
            place.refuse(
                    "the end of a lease does not remove what these operations create: add deny: [" + unremoved + "]");
        }
    }

    private static List<String> projects(@Nullable YamlValue value) {
        if (value == null) {
            return List.of();
        }
        List<String> folders = new ArrayList<>();
        for (YamlValue element : value.elements()) {
            if (HostPaths.isForProjects(element.text())) {
                folders.add(element.text());
            } else {
                element.refuse("use an absolute folder without . and .. that the lease's user cannot replace, and that"
                        + " is not the host or root on it, such as /home/alice or /srv/projects");
            }
        }
        return folders;
    }

    private static int number(@Nullable YamlValue value) {
        if (value == null) {
            return 1;
        }
        return Parsers.count(value.text(), LeaseTemplate.MOST_AT_ONCE).orElseGet(() -> {
            value.refuse("use a number from 1 to " + LeaseTemplate.MOST_AT_ONCE);
            return 1;
        });
    }

    /** @param most with s, m or h in an advice */
    static Duration duration(@Nullable YamlValue value, Duration most, Duration usual) {
        if (value == null) {
            return usual;
        }
        return Parsers.duration(value.text())
                .filter(time -> !time.isZero() && time.compareTo(most) <= 0)
                .orElseGet(() -> {
                    value.refuse("use a number with s, m or h of at most " + words(most) + ", such as " + words(usual));
                    return usual;
                });
    }

    private static String words(Duration time) {
        return time.toString().substring(2).toLowerCase(Locale.ROOT);
    }
}
