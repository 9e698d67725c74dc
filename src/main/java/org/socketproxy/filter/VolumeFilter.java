package org.socketproxy.filter;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.RecordedContainer;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.VolumeVerdict;

/**
 * With {@code CREATE=safe}, asks the daemon about the existing volumes that a judged body names, and denies the request if one of
 * them has more than the rules allow.
 *
 * <p>The filter does not wait for the daemon: {@link VolumeLookup} dispatches the request again.
 */
public final class VolumeFilter extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient SharedQuestions<VolumeVerdict> volumes;
    private final transient ActiveExchanges exchanges;

    /** @param exchanges contains an exchange while the daemon is asked about its volumes */
    public VolumeFilter(DaemonQuery daemon, ActiveExchanges exchanges) {
        this.volumes = new SharedQuestions<>(daemon, CreateRules::judgeVolume);
        this.exchanges = exchanges;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        List<String> names = exchange.notes().takeVolumes();
        if (names.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        CreateRules rules = Objects.requireNonNull(exchange.profile().create());
        ObjectQuestion question = new ObjectQuestion(exchange, rules, request.startAsync());
        question.begin(exchanges);
        new VolumeLookup(question, volumes, names, true, violations -> decide(question, violations)).next();
    }

    private static void decide(ObjectQuestion question, List<Violation> violations) {
        Exchange exchange = question.exchange();
        if (violations.isEmpty() || isRecreated(question, violations)) {
            question.passOn(exchange.target());
        } else {
            question.deny(violations);
        }
    }

    private static boolean isRecreated(ObjectQuestion question, List<Violation> violations) {
        Exchange exchange = question.exchange();
        RecordedContainer replaced = exchange.notes().replaced();
        if (replaced == null || !replaced.isCreatedBy(question.rules(), exchange.heldBody(), violations)) {
            return false;
        }
        exchange.notes().recreates();
        return true;
    }
}
