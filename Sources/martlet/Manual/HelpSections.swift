/// What a command's help says below its first paragraphs, under the headings of man-pages(7). Texts are lines that
/// keep their layout; each is at most 76 columns wide, so that no terminal of 80 breaks them.
struct HelpSections {
    var examples: String
    var exitStatus: String
    var environment: String
    var files: String

    /// `lead` and the sections, as ArgumentParser's discussion; ManualPage finds the headings in it again.
    func discussion(_ lead: String) -> String {
        ([lead]
            + [
                ("EXAMPLES", examples), ("EXIT STATUS", exitStatus), ("ENVIRONMENT", environment),
                ("FILES", files),
            ].map { title, text in
                "\(title):\n" + text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
            }).joined(separator: "\n\n")
    }

    /// What every command with a screen finds a hub by.
    static let hubEnvironment = """
        XDG_RUNTIME_DIR  the hub's socket is in martlet/ below it
        XDG_STATE_HOME   the hub's lock and log are in martlet/ below it, and its
                         socket where XDG_RUNTIME_DIR is not set
                         (default: ~/.local/state)
        PATH             where martlet-agent and ssh are looked for
        """

    /// Where the configuration folder is looked for.
    static let folderEnvironment = """
        MARTLET_CONFIG   the configuration folder, before the usual ones
        XDG_CONFIG_HOME  martlet/ below it is that folder
                         (default: ~/.config)
        """

    static let hubFiles = """
        $XDG_RUNTIME_DIR/martlet/hub.sock  the hub's socket; looked for first
        $XDG_STATE_HOME/martlet/hub.sock   then here
        /run/martlet/hub.sock              then here: a hub for a group
        $XDG_STATE_HOME/martlet/hub.log    what a hub that martlet started says
        ~/.ssh/config                      how ssh reaches the hosts
        """
}
