package org.socketproxy.security;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.socketproxy.security.OwnedWorld.Kind;
import org.socketproxy.security.OwnedWorld.Thing;

/** A random create request of a container that names other objects, with the decision of the oracle. */
final class ContainerCase {
    private final OwnedWorldGenerator generator;
    private final ConfinementOracle oracle;
    private final String labels;
    private final List<String> host = new ArrayList<>();
    private final Set<Integer> errors = new TreeSet<>();
    private final Set<String> contained = new TreeSet<>();
    private String networking = "";

    /** @param labels member with the labels that the client sends */
    ContainerCase(OwnedWorldGenerator generator, ConfinementOracle oracle, String labels) {
        this.generator = generator;
        this.oracle = oracle;
        this.labels = labels;
    }

    ConfinedCase make() {
        String name = generator.term(oracle.world(), Kind.CONTAINER);
        String image = generator.term(oracle.world(), Kind.IMAGE);
        if (!oracle.isUsableImage(image)) {
            errors.add(404);
        }
        contained.add("'Image':'" + image + "'");
        if (generator.isOneOf(2)) {
            addNetworkMode();
        }
        for (String mode : List.of("PidMode", "IpcMode")) {
            if (generator.isOneOf(6)) {
                host.add("'" + mode + "':'container:" + container("'" + mode + "':'container:", "'") + "'");
            }
        }
        if (generator.isOneOf(5)) {
            host.add("'VolumesFrom':['" + container("'VolumesFrom':['", ":ro'") + ":ro']");
        }
        if (generator.isOneOf(5)) {
            host.add("'Links':['" + container("'Links':['", ":db'") + ":db']");
        }
        if (generator.isOneOf(4)) {
            host.add("'Binds':['" + volume() + ":/x']");
        }
        if (generator.isOneOf(4)) {
            host.add("'Mounts':[{'Type':'volume','Source':'" + volume() + "','Target':'/y'}]");
        }
        if (generator.isOneOf(4)) {
            networking = ",'NetworkingConfig':{'EndpointsConfig':{'" + network() + "':{}}}";
        }
        String target = "/containers/create?name=" + name;
        String body = "{'Image':'" + image + "'," + labels + ",'HostConfig':{" + String.join(",", host) + "}"
                + networking + "}";
        if (!oracle.isNewName(name)) {
            return ConfinedCase.denied("POST", target, body, Set.of(403)).open();
        }
        return errors.isEmpty()
                ? ConfinedCase.allowed("POST", target, body, 201, "POST " + target)
                        .containing(contained, oracle.labels(Kind.CONTAINER))
                        .open()
                : ConfinedCase.denied("POST", target, body, errors).open();
    }

    private void addNetworkMode() {
        switch (generator.random().nextInt(4)) {
            case 0 -> host.add("'NetworkMode':'none'");
            case 1 -> host.add("'NetworkMode':'container:" + container("'NetworkMode':'container:", "'") + "'");
            default -> host.add("'NetworkMode':'" + network() + "'");
        }
    }

    /** Returns a term; its id must be forwarded between the texts before and after it. */
    private String container(String before, String after) {
        String term = generator.term(oracle.world(), Kind.CONTAINER);
        Thing own = oracle.own(Kind.CONTAINER, term, false);
        if (own == null) {
            errors.add(400);
        } else {
            contained.add(before + own.id() + after);
        }
        return term;
    }

    private String network() {
        String term = generator.term(oracle.world(), Kind.NETWORK);
        Thing own = oracle.own(Kind.NETWORK, term, false);
        if (own == null) {
            errors.add(400);
        } else {
            contained.add("'NetworkID':'" + own.id() + "'");
        }
        return term;
    }

    /** A missing volume is created, if the profile can have one of this name. */
    private String volume() {
        String name = generator.any(OwnedWorldGenerator.names(Kind.VOLUME));
        boolean isUsable = oracle.world().find(Kind.VOLUME, name).isEmpty()
                ? oracle.isName(Kind.VOLUME, name)
                : oracle.own(Kind.VOLUME, name, false) != null;
        if (!isUsable) {
            errors.add(400);
        }
        return name;
    }
}
