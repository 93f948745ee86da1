namespace Federation.Domain.Scheduling.Placing;

/// <summary>A cluster or node that passed the filters, with everything the assignment needs and finds. Lives in one array for the length of one placement.</summary>
internal struct Candidate
{
    public Place Place;

    /// <summary>Replicas it holds now.</summary>
    public int Current;

    /// <summary>Replicas it can hold at most.</summary>
    public int Limit;

    /// <summary>Replicas it must hold for the sake of the spread.</summary>
    public int Lower;

    /// <summary>False: it keeps what it has and takes nothing new.</summary>
    public bool IsOpen;

    public int Region;
    public int Zone;

    /// <summary>The entry of the weights that names it; -1: there are no weights.</summary>
    public int WeightEntry;

    public double Weight;

    /// <summary>Its exact part of the replicas, before rounding.</summary>
    public double Quota;

    /// <summary>What it keeps of what it holds.</summary>
    public int Kept;

    /// <summary>0 for the region's emptiest cluster, and so on: equal choices go round the regions.</summary>
    public int RankInRegion;

    /// <summary>How much it has free, on a logarithmic scale from 0 to 255.</summary>
    public byte Room;

    /// <summary>The outcome.</summary>
    public int Replicas;

    /// <summary>Smaller is better; decides between clusters that are equal otherwise. Equal ranks go by name.</summary>
    public readonly uint ScoreOrder => ((uint)Math.Min(RankInRegion, 4095) << 8) | (uint)(255 - Room);
}
