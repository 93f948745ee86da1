using System.Net;
using System.Runtime.CompilerServices;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Streams;
using Federation.TestKit.Docker;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Pets.Watching;
using MemberCluster.Agent.Runtime.Docker;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.PlaneHost;

/// <summary>A node agent in a process of its own, with one pet, and with a control plane in files of its directory: what it permits, and what it was told last.</summary>
internal static class PetHost
{
    public const string Cluster = "pets";

    public static async Task<int> RunAsync(string engine, string directory)
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole());
        await using var runtime = new DockerRuntime(new DockerOptions { Endpoint = DockerEndpoint.Parse(engine) }, TimeProvider.System);
        var options = new AgentOptions
        {
            Cluster = Cluster,
            Region = "us-east",
            Addresses = [IPAddress.Loopback],
            Data = Path.Combine(directory, "data"),
            RuntimeDirectory = Path.Combine(directory, "run"),
            Docker = engine,
            JoinToken = "token",
        };
        await using var agent = new NodeAgent(options, new AgentParts
        {
            Runtime = runtime,
            ControlPlane = new FileControlPlane(directory),
            Loggers = loggers,
            Watchdog = own => new ProcessWatchdog(own, ProcessWatchdog.OwnProgram(), "1"),
        });
        await agent.RunAsync(CancellationToken.None);
        return 0;
    }

    private sealed class FileControlPlane(string directory) : IControlPlane
    {
        private readonly BootTime _clock = new();

        public Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken) =>
            Task.FromResult(new JoinAnswer { Cluster = request.Cluster, Credential = "credential", LeaseSeconds = 5 });

        public void UseCredential(string credential)
        {
            // Files need none.
        }

        public async IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new WorkEvent { Type = WorkEventType.Snapshot, Store = "store", Revision = 1 };
            yield return new WorkEvent { Type = WorkEventType.Work, Store = "store", Revision = 1, Work = Pet };
            yield return new WorkEvent { Type = WorkEventType.Bookmark, Store = "store", Revision = 1 };
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        public Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken)
        {
            if (Permit() is not { } fenceSeconds)
                throw new ControlPlaneException(ControlPlaneFailure.Unreachable, "cut off");
            Replace("permitted", _clock.GetTimestamp().ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (report.Works is [var status, ..])
                Replace("status", System.Text.Encoding.UTF8.GetString(ApiJson.ToUtf8(status)));
            File.AppendAllLines(Path.Combine(directory, "events"), report.Events.Select(told => $"{told.Reason}: {told.Message}"));
            return Task.FromResult(new ReportAnswer { Acknowledged = report.Sequence, LeaseSeconds = 5, FenceSeconds = fenceSeconds, FenceFrom = 1, FenceStore = "store" });
        }

        /// <summary>How long each report permits the pet to run, in seconds; null: nobody hears it.</summary>
        private double? Permit()
        {
            try
            {
                return double.TryParse(File.ReadAllText(Path.Combine(directory, "permit")), System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }

        public async IAsyncEnumerable<StreamRequest> WatchStreamsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            yield break;
        }

        public Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken) => throw new ControlPlaneException(ControlPlaneFailure.Refused, "no streams");

        public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken) => throw new ControlPlaneException(ControlPlaneFailure.Refused, "no volumes");

        public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken) => throw new ControlPlaneException(ControlPlaneFailure.Refused, "no snapshots");

        private void Replace(string name, string text)
        {
            var temporary = Path.Combine(directory, name + ".tmp");
            File.WriteAllText(temporary, text);
            File.Move(temporary, Path.Combine(directory, name), overwrite: true);
        }

        private static Work Pet => new()
        {
            Uid = "uid-db",
            Kind = "PetSet",
            Namespace = "default",
            Name = "db",
            Revision = 1,
            Generation = 1,
            Mode = WorkMode.Pets,
            TemplateHash = "hash-1",
            Template = new PodTemplate
            {
                Spec = new PodSpec
                {
                    TerminationGracePeriodSeconds = 30,
                    // Deaf to the stop signal: only a kill ends it.
                    Containers = [new ContainerSpec { Name = "db", Image = BusyboxImage.Reference, ImagePullPolicy = ImagePullPolicy.Never, Command = ["/bin/sh", "-c", "trap '' TERM; while true; do sleep 1; done"] }],
                },
            },
            Pets = new WorkPets { Run = [new WorkPet { Ordinal = 0, Epoch = 1, TemplateHash = "hash-1" }] },
        };
    }
}
