using MemberCluster.Agent.Services.Peers;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services;

/// <summary>Makes an agent's service plane.</summary>
internal static class ServicePlanes
{
    public static IServicePlane Create(TimeProvider time, ILoggerFactory loggers, Action<ListenerState> onState)
    {
        var proxy = new ServiceProxy(time, loggers.CreateLogger<ServiceProxy>(), onState);
        return new PeerCheckedPlane(proxy, new ConnectProbe(time), time, loggers.CreateLogger<PeerCheckedPlane>());
    }
}
