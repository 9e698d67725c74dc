package com.example;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.socketproxy.extension.DeniedException;
import org.socketproxy.extension.ExchangeFacts;

/** Allows pulls of images and plugins only from the registry in {@code PULL_FROM}. */
public final class PullFromOneRegistry extends HttpFilter {
    private static final long serialVersionUID = 1;

    /** The operations that pull, each with the query parameter that names the image or plugin. */
    private static final Map<String, String> PULLS =
            Map.of("ImageCreate", "fromImage", "PluginPull", "remote", "ImagePullLibpod", "reference");

    private String registry;

    @Override
    public void init() throws ServletException {
        registry = System.getenv("PULL_FROM");
        if (registry == null || registry.isBlank()) {
            throw new ServletException("set PULL_FROM to a registry, such as registry.example.com:5000");
        }
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ExchangeFacts facts = ExchangeFacts.of(request);
        String parameter = PULLS.get(facts.operation().id());
        if (parameter != null) {
            List<String> images = facts.target().parameter(parameter); // the client may send the parameter more than once
            if (images.isEmpty() || !images.stream().allMatch(image -> image.startsWith(registry + "/"))) {
                throw new DeniedException("images are pulled from " + registry + " only");
            }
        }
        chain.doFilter(request, response);
    }
}
