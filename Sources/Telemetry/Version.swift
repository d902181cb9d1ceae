/// The version of both programs, as `--version`, the hello frame and the man pages say it.
package let martletVersion = "0.1.0"
