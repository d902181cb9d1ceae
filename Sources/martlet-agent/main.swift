import Agent
import Glibc

exit(AgentCommands.run(Array(CommandLine.arguments.dropFirst())))
