print("martlet-agent")
