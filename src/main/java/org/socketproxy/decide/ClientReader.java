package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProtectedSubject;

/** Sorts the containers of the daemon's list by the profiles whose clients they are, while the list arrives. */
final class ClientReader extends ResponseReader<Map<String, ProtectedSubject>> {
    private final ClientSubjects subjects;
    private final CertificateClients certificates;
    /** Containers of clients with certificates. */
    private final Set<String> tied = new HashSet<>();

    ClientReader(ClientSubjects subjects, CertificateClients certificates) {
        super(JsonElements.ARRAY, ListedContainer.MEMBERS);
        this.subjects = subjects;
        this.certificates = certificates;
    }

    @Override
    protected int read(ByteBuffer element) throws ElementException {
        ListedContainer container = ListedContainer.listed(element);
        certificates.find(container);
        if (certificates.isTied(container.container().id())) {
            tied.add(container.container().id());
        }
        return subjects.add(container);
    }

    @Override
    protected Map<String, ProtectedSubject> result() {
        return subjects.subjects();
    }

    Set<String> tied() {
        return tied;
    }
}
