using Federation.Silo.Dns;
using Federation.Silo.Hosting;

if (args is ["--help"] or ["-h"])
{
    Console.WriteLine(SiloOptionsReader.Usage);
    return 0;
}

SiloOptions? options = null;
try
{
    var command = StoreCommands.Take(ref args);
    var keys = KeyCommands.Take(ref args);
    SiloOptionsReader.CheckArguments(args);
    var configuration = new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
        .AddInMemoryCollection(SiloOptionsReader.FromEnvironment(Environment.GetEnvironmentVariable))
        .AddCommandLine(args, SiloOptionsReader.Switches)
        .Build();
    options = SiloOptionsReader.Read(configuration);
    if (command is var (name, file))
    {
        Console.WriteLine(await StoreCommands.RunAsync(name, file, options, TimeProvider.System, CancellationToken.None));
        return 0;
    }

    if (keys is not null)
    {
        Console.WriteLine(KeyCommands.Run(keys, options, TimeProvider.System.GetUtcNow()));
        return 0;
    }

    await ControlPlane.RunAsync(options, CancellationToken.None);
    return 0;
}
catch (Exception exception)
{
    Console.Error.WriteLine(StartupFailure.Describe(exception, options) ?? exception.ToString());
    return 1;
}
