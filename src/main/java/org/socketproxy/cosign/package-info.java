/**
 * Is an image signed? Reads signatures of Cosign from registries; start at {@link org.socketproxy.cosign.ImageSignatures}.
 */
@NullMarked
package org.socketproxy.cosign;

import org.jspecify.annotations.NullMarked;
