package org.socketproxy.tls;

import java.security.GeneralSecurityException;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/** TLS of the proxy's own HTTPS requests: the authorities of the system, and the host name of the address. */
public final class SystemTrust {
    private SystemTrust() {}

    /** Not the default context, which the program around a WAR can replace. */
    public static SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("The JVM has no TLS", impossible);
        }
    }

    /** Uses a context, and refuses a certificate for another host. */
    public static void secure(HttpsURLConnection connection, SSLContext context) {
        connection.setSSLSocketFactory(context.getSocketFactory());
        // Called only for a name that is not that of the certificate; the program around a WAR may have another
        // default.
        connection.setHostnameVerifier((host, session) -> false);
    }
}
