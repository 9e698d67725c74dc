package org.socketproxy.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.socketproxy.status.ProxySetup.ProfileLink;

/**
 * Sentences about the configuration, by the profile that they are about.
 *
 * @param common about no profile, or several
 * @param ofProfiles by the name of the profile
 */
public record Notes(List<String> common, Map<String, List<String>> ofProfiles) {
    /** Begin of a sentence about one profile; its name follows, then a blank or a colon. */
    static final String PROFILE = "profile ";

    static Notes of(List<ProxySetup> setups) {
        Set<String> names =
                setups.get(0).profiles().stream().map(ProfileLink::name).collect(Collectors.toSet());
        Set<String> all = new LinkedHashSet<>();
        setups.forEach(setup -> all.addAll(setup.hints()));
        List<String> common = new ArrayList<>();
        Map<String, List<String>> ofProfiles = new LinkedHashMap<>();
        for (String note : all) {
            String name =
                    note.startsWith(PROFILE) ? note.substring(PROFILE.length()).split("[: ]", 2)[0] : "";
            (names.contains(name) ? ofProfiles.computeIfAbsent(name, first -> new ArrayList<>()) : common).add(note);
        }
        return new Notes(common, ofProfiles);
    }

    List<String> of(String profile) {
        return ofProfiles.getOrDefault(profile, List.of());
    }
}
