package org.socketproxy.lease;

import java.nio.file.Path;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.HostPaths;
import org.socketproxy.policy.create.OwnMounts;

/**
 * Folder of the host that the containers of a lease can bind.
 *
 * <p>Security: the user of the lease can put a link in place of the folder; it leads no further than the folder of the template.
 *
 * @param path clean; empty for none
 * @param root folder of the template that has it
 */
record LeaseProject(String path, String root) {
    static LeaseProject of(LeaseTemplate template, String path, LeaseFolder leases) throws RefusedException {
        if (path.isEmpty()) {
            return new LeaseProject("", "");
        }
        String sockets = leases.path().toString();
        return template.projects().stream()
                .filter(root -> HostPaths.isClean(path)
                        && HostPaths.isAtOrBelow(path, root)
                        && !HostPaths.isAtOrBelow(sockets, root)
                        && !HostPaths.isAtOrBelow(root, sockets))
                .findFirst()
                .map(root -> new LeaseProject(path, root))
                .orElseThrow(() -> new RefusedException(
                        403,
                        "a lease " + template.name() + " cannot have the project " + path
                                + ": use a folder below one of " + template.projects()
                                + " (projects, in leases of the policy file)"));
    }

    /** Returns the profile with binds of the project, and of the socket of the lease in place of that of the daemon. */
    Profile giveTo(Profile profile, Path socket) {
        CreateRules rules = profile.create();
        return rules == null
                ? profile
                : profile.edit()
                        .create(rules.with(rules.binds().of(OwnMounts.ofLease(socket.toString(), path, root))))
                        .showingBinds(true)
                        .build();
    }
}
