/** Does the image do what the README says of it? Begin with {@code ImageIT}. */
package org.socketproxy.image;
