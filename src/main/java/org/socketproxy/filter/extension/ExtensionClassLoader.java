package org.socketproxy.filter.extension;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;

/**
 * The classes of one extension's jar. It sees the JDK, and of the program only what is published for extensions: what is
 * internal may change, and libraries of another version than ours do not get in its way.
 */
final class ExtensionClassLoader extends URLClassLoader {
    /** Always the program's own, also where the jar brings a copy, which would be of no use: the two would not fit. */
    private static final List<String> SHARED =
            List.of("org.socketproxy.extension.", "jakarta.servlet.", "jakarta.annotation.", "org.slf4j.");

    private static final ClassLoader PROGRAM = ExtensionClassLoader.class.getClassLoader();

    private ExtensionClassLoader(String name, URL jar) {
        super(name, new URL[] {jar}, ClassLoader.getPlatformClassLoader());
    }

    static ExtensionClassLoader of(Path jar) throws MalformedURLException {
        return new ExtensionClassLoader(
                String.valueOf(jar.getFileName()), jar.toUri().toURL());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        return SHARED.stream().anyMatch(name::startsWith) ? PROGRAM.loadClass(name) : super.findClass(name);
    }
}
