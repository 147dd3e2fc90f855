import { servePack } from "../adapter";

servePack("cost");
